"""The dashboard's addresses, each with the page it answers."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse, PlainTextResponse, RedirectResponse, StreamingResponse
from starlette.convertors import Convertor, register_url_convertor

from bot.config.machine import Settings
from bot.errors import UserError
from bot.machine_faults import find_machine_fault
from handlers.dashboard.commands import Commands
from handlers.dashboard.forms import BadFormError, read_form
from handlers.dashboard.guard import PageGuard
from handlers.dashboard.page_data import PageData
from handlers.dashboard.pages import HERE, render_page
from handlers.dashboard.pulse import Pulse
from handlers.dashboard.sign_in import BACK, SignIn
from handlers.dashboard.threads import Threads
from handlers.dashboard.viewer import Viewer, find_viewer


# Longer ones fit no column, and past 4300 digits int() raises. Another address is no page:
# https://docs.python.org/3.11/library/stdtypes.html#integer-string-conversion-length-limitation
class NumberConvertor(Convertor[int]):
    regex = "[0-9]{1,9}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("number", NumberConvertor())
STATIC = {"dashboard.css": "text/css", "live.js": "text/javascript", "icon.svg": "image/svg+xml"}
JOBS = ("/jobs/{owner}/{repo}/{issue:number}", "/jobs/{name}")
"""Of an issue, by its repository and number; of the command line, by its id."""
ATTEMPT = "/attempts/{build}/{run:number}/{task}/{number:number}"
log = logging.getLogger("bricklayer")
Show = Callable[[Request, Viewer], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Everything the pages are made with; one for each server."""

    settings: Settings
    data: PageData
    sign_in: SignIn
    commands: Commands
    pulse: Pulse
    threads: Threads

    async def find_viewer(self, request: Request) -> Viewer | None:
        session = self.sign_in.find_session(request)
        return await find_viewer(session, self.sign_in.accounts, self.threads)

    async def end(self) -> None:
        """Answers that take long are given up, so that the server can end."""
        await self.pulse.end()
        self.threads.close()


def add_dashboard(app: FastAPI, dashboard: Dashboard) -> None:
    """Put the pages into the server's app, beside its webhook."""
    router, sign_in = APIRouter(), dashboard.sign_in
    for path, show in _list_pages(dashboard.data).items():
        router.add_api_route(path, _page(dashboard, show), methods=["GET"])
    for job in JOBS:
        router.add_api_route(f"{job}/commands", _command(dashboard), methods=["POST"])
    router.add_api_route("/sign-in", sign_in.take_link, methods=["GET"])
    router.add_api_route("/sign-in/github", sign_in.begin, methods=["GET"])
    router.add_api_route(BACK, sign_in.finish, methods=["GET"])
    router.add_api_route("/sign-out", sign_in.sign_out, methods=["POST"])
    router.add_api_route("/events", _events(dashboard), methods=["GET"])
    router.add_api_route("/static/{name}", _static, methods=["GET"])
    app.include_router(router)
    app.add_middleware(PageGuard, settings=dashboard.settings)


def _list_pages(data: PageData) -> dict[str, Show]:
    return {
        "/": data.show_front,
        "/jobs": data.show_jobs,
        "/morning": data.show_morning,
        "/weeks": data.show_weeks,
        "/coaching": data.show_coaching,
        **dict.fromkeys(JOBS, data.show_job),
        **{f"{job}{ATTEMPT}": data.show_attempt for job in JOBS},
        **{f"{job}{ATTEMPT}/parts/{{part:number}}": data.show_part for job in JOBS},
    }


def _page(dashboard: Dashboard, show: Show) -> Endpoint:
    async def answer(request: Request) -> Response:
        viewer = await dashboard.find_viewer(request)
        if viewer is None:
            return dashboard.sign_in.show("")
        return await dashboard.threads.read(_show, show, request, viewer)

    return answer


def _show(show: Show, request: Request, viewer: Viewer) -> Response:
    """The page, or in words what this machine or its database lacks for it."""
    try:
        return show(request, viewer)
    except UserError as exc:
        return render_page("fault.html", 404, page="", viewer=viewer, told=str(exc))
    except Exception as exc:
        fault = find_machine_fault(exc)
        if not fault:
            raise
        log.warning("%s: %s", request.url.path, fault)
        return render_page("fault.html", 503, page="", viewer=viewer, told=fault)


def _command(dashboard: Dashboard) -> Endpoint:
    async def answer(request: Request) -> Response:
        viewer = await dashboard.find_viewer(request)
        if viewer is None:
            return dashboard.sign_in.show("")
        try:
            form = await read_form(request, viewer.session, dashboard.settings.dashboard.url)
        except BadFormError as exc:
            return PlainTextResponse(f"nothing was done: {exc}\n", 403)
        line = form.get("command", "")
        give = partial(_give, dashboard, line)
        return await dashboard.threads.command(_show, give, request, viewer)

    return answer


def _give(dashboard: Dashboard, line: str, request: Request, viewer: Viewer) -> Response:
    job = dashboard.data.find_job(request, viewer)
    if job is None:
        return dashboard.data.show_absent(viewer)
    told = dashboard.commands.outcomes.keep(dashboard.commands.give(viewer, job, line))
    # Read with GET, so that to load the page again gives no command a second time:
    # https://www.rfc-editor.org/rfc/rfc9110#status.303
    return RedirectResponse(f"{request.url.path.removesuffix('/commands')}?told={told}", 303)


def _events(dashboard: Dashboard) -> Endpoint:
    async def answer(request: Request) -> Response:
        viewer = await dashboard.find_viewer(request)
        if viewer is None:
            return PlainTextResponse("sign in first\n", 401)
        if viewer.sees_nothing:  # that something changes is none of their business either
            return Response(status_code=204)
        who = f"{viewer.session.kind} {viewer.session.id}"
        if dashboard.pulse.is_full(who):
            return PlainTextResponse("too many pages are open\n", 503)
        return StreamingResponse(dashboard.pulse.stream(who), media_type="text/event-stream")

    return answer


async def _static(name: str) -> Response:
    if name not in STATIC:
        return PlainTextResponse("no such file\n", 404)
    return FileResponse(HERE / "static" / name, media_type=STATIC[name])
