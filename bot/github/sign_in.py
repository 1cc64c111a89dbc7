"""People sign in to the dashboard with their GitHub accounts, through the App.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
"""

import base64
import hashlib
import json
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx

from bot.github.errors import ForbiddenError, UnavailableError
from bot.github.webhooks import MalformedError, Person
from bot.github.webhooks.fields import Field

# What GitHub sends back, and its tokens of people: letters, digits and underscores.
_CODE = re.compile(r"[A-Za-z0-9_-]{1,200}")
_TOKEN = re.compile(r"[A-Za-z0-9_]{1,500}")
_TIMEOUT_SECONDS = 15.0
_ANSWER_SECONDS = 30.0
_REACH_SECONDS = 90.0
"""For all that somebody may read: GitHub is asked again and again for it."""
_MAX_ANSWER_BYTES = 8 << 20
_PAGE_SIZE = 100
MAX_PAGES = 20
"""Of repositories of one installation: 2,000 of them."""
_NO_ANSWER = "an answer that GitHub would not give"
_OK, _UNAUTHORIZED = 200, 401


@dataclass(frozen=True, slots=True)
class SignInApp:
    """`web` is where people see GitHub, `api` where programs do, `back` where it sends them to."""

    web: str
    api: str
    back: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Challenge:
    """`verifier` never leaves this machine before the code is exchanged: who caught it has no use.

    https://www.rfc-editor.org/rfc/rfc7636
    """

    state: str
    verifier: str = field(repr=False)

    @property
    def digest(self) -> str:
        sha = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(sha).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Reach:
    """One repository that a person may read, by its id."""

    repo: str
    can_write: bool


def make_challenge() -> Challenge:
    return Challenge(secrets.token_urlsafe(24), secrets.token_urlsafe(48))


def authorize_url(app: SignInApp, challenge: Challenge) -> str:
    query = {
        "client_id": app.client_id,
        "redirect_uri": app.back,
        "state": challenge.state,
        "code_challenge": challenge.digest,
        "code_challenge_method": "S256",
    }
    return f"{app.web}/login/oauth/authorize?{urlencode(query)}"


def exchange_sign_in(app: SignInApp, code: str, challenge: Challenge) -> str:
    """A token of the person's, good for some hours. Raises GitHubError."""
    if not _CODE.fullmatch(code):
        raise ForbiddenError("that is no code of GitHub's")
    sent = {
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "code": code,
        "redirect_uri": app.back,
        "code_verifier": challenge.verifier,
    }
    answer = _ask("POST", f"{app.web}/login/oauth/access_token", data=sent)
    # A code that is refused is told with a 200 as well:
    # https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors
    found = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(found, str) or not _TOKEN.fullmatch(found):
        error = str(answer.get("error", "")) if isinstance(answer, dict) else ""
        hint = "Sign in again; if that helps nothing, see client_id and the client secret."
        raise ForbiddenError(f"the sign-in is not taken: {error[:60] or 'no token'}", hint=hint)
    return found


def read_account(app: SignInApp, token: str) -> Person:
    """Whose token it is. Raises GitHubError."""
    found = Field(_ask("GET", f"{app.api}/user", token))
    try:
        person = Person(found["id"].read_int(), found["login"].read_text())
    except MalformedError:
        raise UnavailableError(_NO_ANSWER) from None
    if person.id < 1:  # no account's: the machine's owner has such a number
        raise UnavailableError(_NO_ANSWER)
    return person


def list_reach(app: SignInApp, token: str) -> Iterator[Reach]:
    """Repositories where the App is installed and the person has a role of their own.

    What anybody may read for its being public is not among them. Raises GitHubError.
    https://docs.github.com/en/rest/apps/installations#list-repositories-accessible-to-the-user-access-token
    """
    end = time.monotonic() + _REACH_SECONDS
    for one in _list_pages(f"{app.api}/user/installations", "installations", token):
        try:
            number = one["id"].read_int()
        except MalformedError:
            continue
        url = f"{app.api}/user/installations/{number}/repositories"
        for repo in _list_pages(url, "repositories", token):
            if time.monotonic() > end:
                raise UnavailableError("GitHub takes too long to tell what may be read")
            try:
                if repo["permissions"]["pull"].read_flag():
                    can_write = repo["permissions"]["push"].read_flag()
                    yield Reach(str(repo["id"].read_int()), can_write)
            except MalformedError:
                continue


def _list_pages(url: str, name: str, token: str) -> Iterator[Field]:
    for number in range(1, MAX_PAGES + 1):
        query = urlencode({"per_page": _PAGE_SIZE, "page": number})
        answer = _ask("GET", f"{url}?{query}", token)
        found = answer.get(name) if isinstance(answer, dict) else None
        rows = found if isinstance(found, list) else []
        yield from map(Field, rows)
        if len(rows) < _PAGE_SIZE:
            return


def _ask(method: str, url: str, token: str = "", data: Mapping[str, str] | None = None) -> object:
    headers = {"Accept": "application/json"}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    asked = httpx.stream(method, url, data=data, headers=headers, timeout=_TIMEOUT_SECONDS)
    try:
        with asked as answer:
            if answer.status_code == _UNAUTHORIZED:
                raise ForbiddenError("the sign-in has ended", status=_UNAUTHORIZED)
            if answer.status_code != _OK:
                raise UnavailableError("no answer of use", status=answer.status_code)
            return json.loads(_read_body(answer))
    except httpx.HTTPError as exc:
        # Its text may hold the address, and so what was sent.
        raise UnavailableError(f"GitHub does not answer: {type(exc).__name__}") from None
    except (ValueError, RecursionError):
        raise UnavailableError(_NO_ANSWER) from None


def _read_body(answer: httpx.Response) -> bytes:
    """Unpacked; neither what is too much nor what drips for ever is read to its end."""
    end, body = time.monotonic() + _ANSWER_SECONDS, bytearray()
    for part in answer.iter_bytes():
        body += part
        if len(body) > _MAX_ANSWER_BYTES or time.monotonic() > end:
            raise UnavailableError("an answer that is too long", status=answer.status_code)
    return bytes(body)
