"""The dashboard's addresses, each with the page it answers."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse, PlainTextResponse, RedirectResponse, StreamingResponse

from bot.config.machine import Settings
from bot.ticket.machine_owner import OWNER
from handlers.dashboard.guard import PageGuard
from handlers.dashboard.page_data import PageData
from handlers.dashboard.pages import HERE, render_page
from handlers.dashboard.pulse import Pulse
from handlers.dashboard.sessions import OwnerLinks, Sessions, start_session
from handlers.dashboard.viewer import Viewer, view_as_owner

STATIC = {"dashboard.css": "text/css", "live.js": "text/javascript", "icon.svg": "image/svg+xml"}
Show = Callable[[Request, Viewer], Response]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Everything the pages are made with; one for each server."""

    settings: Settings
    data: PageData
    sessions: Sessions
    links: OwnerLinks
    pulse: Pulse

    def find_viewer(self, request: Request) -> Viewer | None:
        session = self.sessions.find(request)
        return view_as_owner(session) if session and session.kind == "owner" else None


def add_dashboard(app: FastAPI, dashboard: Dashboard) -> None:
    """Put the pages into the server's app, beside its webhook."""
    router = APIRouter()
    for path, show in _list_pages(dashboard.data).items():
        router.add_api_route(path, _page(dashboard, show), methods=["GET"])
    router.add_api_route("/sign-in", _sign_in(dashboard), methods=["GET"])
    router.add_api_route("/sign-out", _sign_out(dashboard), methods=["POST"])
    router.add_api_route("/events", _events(dashboard), methods=["GET"])
    router.add_api_route("/static/{name}", _static, methods=["GET"])
    app.include_router(router)
    app.add_middleware(PageGuard, settings=dashboard.settings)


def _list_pages(data: PageData) -> dict[str, Show]:
    jobs = {"/jobs/{owner}/{repo}/{issue:int}", "/jobs/{name}"}
    attempt = "/attempts/{build}/{run:int}/{task}/{number:int}"
    return {
        "/": data.show_front,
        "/jobs": data.show_jobs,
        **dict.fromkeys(jobs, data.show_job),
        **{f"{job}{attempt}": data.show_attempt for job in jobs},
        **{f"{job}{attempt}/parts/{{part:int}}": data.show_part for job in jobs},
    }


def _page(dashboard: Dashboard, show: Show) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        viewer = dashboard.find_viewer(request)
        if viewer is None:
            return render_page("sign_in.html", 401, page="sign-in", viewer=None, told="")
        return await asyncio.to_thread(show, request, viewer)

    return answer


def _sign_in(dashboard: Dashboard) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        code = request.query_params.get("code", "")
        if not dashboard.links.use(code):
            told = "This link was used already, or is older than five minutes." if code else ""
            return render_page("sign_in.html", 401, page="sign-in", viewer=None, told=told)
        response = RedirectResponse("/", 303)
        dashboard.sessions.set(response, start_session(OWNER))
        return response

    return answer


def _sign_out(dashboard: Dashboard) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_request: Request) -> Response:
        response = RedirectResponse("/", 303)
        dashboard.sessions.forget(response)
        return response

    return answer


def _events(dashboard: Dashboard) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        if dashboard.find_viewer(request) is None:
            return PlainTextResponse("sign in first\n", 401)
        if dashboard.pulse.is_full:
            return PlainTextResponse("too many pages are open\n", 503)
        return StreamingResponse(dashboard.pulse.stream(), media_type="text/event-stream")

    return answer


async def _static(name: str) -> Response:
    if name not in STATIC:
        return PlainTextResponse("no such file\n", 404)
    return FileResponse(HERE / "static" / name, media_type=STATIC[name])
