"""Signing in: with a link of this machine's owner, or with an account on GitHub. And out again."""

import asyncio
import logging
import os
import secrets
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.config.machine import Settings
from bot.github.errors import GitHubError
from bot.github.sign_in import (
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


@dataclass(frozen=True, slots=True)
class SignIn:
    """`app` and `accounts` are None where people cannot sign in with GitHub."""

    sessions: Sessions
    links: OwnerLinks
    app: SignInApp | None = None
    accounts: Accounts | None = None

    async def take_link(self, request: Request) -> Response:
        code = request.query_params.get("code", "")
        if not self.links.use(code):
            return self.show(_OLD_LINK if code else "")
        response = RedirectResponse("/", 303)
        self.sessions.set(response, start_session(OWNER))
        return response

    async def begin(self, _request: Request) -> Response:
        """To GitHub, which sends back to `finish`."""
        if self.app is None:
            return self.show("")
        challenge = make_challenge()
        response = RedirectResponse(authorize_url(self.app, challenge), 303)
        self.sessions.set_challenge(response, challenge)
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
        try:
            token = await asyncio.to_thread(
                exchange_sign_in, self.app, query.get("code", ""), challenge
            )
            session = start_session(await asyncio.to_thread(read_account, self.app, token))
            await asyncio.to_thread(self.accounts.add, session.name, token)
        except GitHubError as exc:
            log.warning("sign-in with GitHub: %s", exc)
            return self.show(f"GitHub: {exc.what}. {exc.hint}".strip())
        self.sessions.set(response, session)
        return response

    async def sign_out(self, request: Request) -> Response:
        session = self.sessions.find(request)
        response = RedirectResponse("/", 303)
        if session is None:
            return response
        try:
            await read_form(request, session)
        except BadFormError as exc:
            return self.show(f"You are still signed in: {exc}.", 403)
        if self.accounts:
            self.accounts.forget(session.name)
        self.sessions.forget(response)
        return response

    def find_session(self, request: Request) -> Session | None:
        return self.sessions.find(request)

    def show(self, told: str, status: int = 401) -> Response:
        """The page where one signs in. `told` is why one sees it."""
        return render_page(
            "sign_in.html", status, page="sign-in", viewer=None, told=told, github=bool(self.app)
        )
