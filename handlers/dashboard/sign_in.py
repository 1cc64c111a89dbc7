"""Signing in: with a link of this machine's owner, or with an account on GitHub. And out again."""

import logging
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.config.machine import Settings
from bot.github.errors import GitHubError
from bot.github.sign_in import (
    Challenge,
    SignInApp,
    authorize_url,
    exchange_sign_in,
    make_challenge,
    read_account,
)
from bot.github.urls import web_url
from bot.ticket.machine_owner import OWNER
from handlers.dashboard.accounts import Accounts
from handlers.dashboard.forms import BadFormError, read_form
from handlers.dashboard.pages import render_page
from handlers.dashboard.sessions import OwnerLinks, Session, Sessions, start_session
from handlers.dashboard.threads import Threads

MAX_A_MINUTE = 30
MINUTE_SECONDS = 60.0
BACK = "/sign-in/github/back"
_OLD_LINK = "This link was used already, or is older than five minutes. Have a new one printed."
_NOT_BEGUN = "This sign-in was not begun here, or more than ten minutes ago. Begin it again."
log = logging.getLogger("bricklayer")


def find_sign_in_app(settings: Settings, address: str) -> SignInApp | None:
    """None where people cannot sign in with GitHub. `address` is where this server is reached."""
    named = settings.dashboard
    secret = os.environ.get(named.client_secret_env, "").strip()
    if not named.client_id or not secret:
        return None
    api = settings.github.api_url
    back = f"{named.url or address}{BACK}"
    return SignInApp(web_url(api), api, back, named.client_id, secret)


@dataclass(slots=True)
class SignInRate:
    """So many a minute, whoever begins them: each asks GitHub something, and anybody may."""

    clock: Callable[[], float] = time.monotonic
    _times: list[float] = field(default_factory=list)

    def take(self) -> bool:
        now = self.clock()
        self._times = [at for at in self._times if now - at < MINUTE_SECONDS]
        if len(self._times) >= MAX_A_MINUTE:
            return False
        self._times.append(now)
        return True


@dataclass(frozen=True, slots=True)
class SignIn:
    """`app` and `accounts` are None where people cannot sign in with GitHub.

    `url` is the address that people open, empty where it is this machine's own.
    """

    sessions: Sessions
    links: OwnerLinks
    threads: Threads
    app: SignInApp | None = None
    accounts: Accounts | None = None
    url: str = ""
    rate: SignInRate = field(default_factory=SignInRate)

    async def take_link(self, request: Request) -> Response:
        code = request.query_params.get("code", "")
        if not self.links.use(code):
            return self.show(_OLD_LINK if code else "")
        response = RedirectResponse("/", 303)
        self.sessions.set(request, response, start_session(OWNER))
        return response

    async def begin(self, request: Request) -> Response:
        """To GitHub, which sends back to `finish`."""
        if self.app is None:
            return self.show("")
        challenge = make_challenge()
        response = RedirectResponse(authorize_url(self.app, challenge), 303)
        self.sessions.set_challenge(request, response, challenge)
        return response

    async def finish(self, request: Request) -> Response:
        response = RedirectResponse("/", 303)
        challenge = self.sessions.take_challenge(request, response)
        query = request.query_params
        state = query.get("state", "").encode()
        if (
            self.app is None
            or self.accounts is None
            or challenge is None
            or not secrets.compare_digest(state, challenge.state.encode())
        ):
            return self.show(_NOT_BEGUN)
        if "code" not in query:
            return self.show("GitHub signed nobody in.")
        if not self.rate.take():
            return self.show("Too many sign-ins in this minute: try again in the next.", 429)
        try:
            code = query.get("code", "")
            session = await self.threads.ask_github(self._exchange, code, challenge)
        except GitHubError as exc:
            log.warning("sign-in with GitHub: %s", exc)
            return self.show(f"GitHub: {exc.what}. {exc.hint}".strip())
        self.sessions.set(request, response, session)
        return response

    def _exchange(self, code: str, challenge: Challenge) -> Session:
        """Raises GitHubError."""
        assert self.app  # noqa: S101  # asked before
        assert self.accounts  # noqa: S101
        token = exchange_sign_in(self.app, code, challenge)
        session = start_session(read_account(self.app, token))
        self.accounts.add(session.name, token)
        return session

    async def sign_out(self, request: Request) -> Response:
        session = self.sessions.find(request)
        response = RedirectResponse("/", 303)
        if session is None:
            return response
        try:
            await read_form(request, session, self.url)
        except BadFormError as exc:
            return self.show(f"You are still signed in: {exc}.", 403)
        if self.accounts:
            self.accounts.forget(session.name)
        self.sessions.end(request, response, session)
        return response

    def find_session(self, request: Request) -> Session | None:
        return self.sessions.find(request)

    def show(self, told: str, status: int = 401) -> Response:
        """The page where one signs in. `told` is why one sees it."""
        return render_page(
            "sign_in.html", status, page="sign-in", viewer=None, told=told, github=bool(self.app)
        )
