"""Who is looking: a signed cookie, and the one-time links of this machine's owner.

Of a session nothing is stored but that it was ended, so a restart signs nobody out. A server on
another machine has a key of its own, and asks people to sign in there.
"""

import os
import secrets
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from bot.config.machine import Settings
from bot.config.private_dir import open_state_dir
from bot.github.sign_in import Challenge
from bot.github.webhooks import Person
from bot.ticket.machine_owner import OWNER
from handlers.dashboard.spent_names import SpentNames

KEY_FILE = "dashboard.key"
LINK_SECONDS = 300
CHALLENGE_SECONDS = 600
"""To sign in on GitHub, whose code holds for ten minutes as well."""
COOKIE = "bricklayer"
SECURE_COOKIE = "__Host-bricklayer"
"""Only over TLS, for this host alone:
https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes"""
_MAX_COOKIE_CHARACTERS = 2000
_SESSION, _LINK, _CHALLENGE = "session", "link", "challenge"


@dataclass(frozen=True, slots=True)
class Session:
    """`csrf` stands in each form of the pages: no other site knows it. `name` is the session's."""

    kind: Literal["owner", "github"]
    id: int
    login: str
    csrf: str
    name: str

    @property
    def person(self) -> Person:
        return OWNER if self.kind == "owner" else Person(self.id, self.login)


def start_session(person: Person) -> Session:
    kind: Literal["owner", "github"] = "owner" if person == OWNER else "github"
    csrf, name = secrets.token_urlsafe(18), secrets.token_urlsafe(18)
    return Session(kind, person.id, person.login, csrf, name)


class Sessions:
    """Signs and reads what stands in cookies; `max_age` is in seconds.

    `url` is the address that people open. Where it is one of https, a cookie that is set there goes
    over TLS alone; the machine's own address is reached without it.
    """

    def __init__(
        self, key: str, max_age: float, url: str = "", ended: SpentNames | None = None
    ) -> None:
        self._ended = ended or SpentNames()
        self._signer = URLSafeTimedSerializer(key, salt=_SESSION)
        self._challenges = URLSafeTimedSerializer(key, salt=_CHALLENGE)
        self._max_age = int(max_age)
        parts = urlsplit(url)
        self._secure_host = parts.netloc.lower() if parts.scheme == "https" else ""

    def find(self, request: Request) -> Session | None:
        """None where nobody has signed in, or too long ago."""
        found = self._read(request, self._signer, self._name(request), self._max_age)
        try:
            session = Session(**found) if isinstance(found, dict) else None
        except TypeError:  # of another version
            return None
        return session if session and session.name not in self._ended else None

    def set(self, request: Request, response: Response, session: Session) -> None:
        text = str(self._signer.dumps(asdict(session)))
        self._set(request, response, self._name(request), text, self._max_age)

    def end(self, request: Request, response: Response, session: Session) -> None:
        """Also where its cookie was copied to."""
        self._ended.spend(session.name, self._max_age)
        self._delete(request, response, self._name(request))

    def set_challenge(self, request: Request, response: Response, challenge: Challenge) -> None:
        """For the browser that was sent to GitHub, to be brought back by the same one alone."""
        text = str(self._challenges.dumps(astuple(challenge)))
        name = self._challenge_name(request)
        self._set(request, response, name, text, CHALLENGE_SECONDS)

    def take_challenge(self, request: Request, response: Response) -> Challenge | None:
        """Good once; None where this browser was not sent to GitHub, or long ago."""
        name = self._challenge_name(request)
        self._delete(request, response, name)
        found = self._read(request, self._challenges, name, CHALLENGE_SECONDS)
        try:
            return Challenge(*found) if isinstance(found, list) else None
        except TypeError:
            return None

    def _read(
        self, request: Request, signer: URLSafeTimedSerializer, name: str, max_age: int
    ) -> object:
        cookie = request.cookies.get(name, "")
        if not cookie or len(cookie) > _MAX_COOKIE_CHARACTERS:
            return None
        try:
            return signer.loads(cookie, max_age=max_age)
        except BadData:
            return None

    def _set(
        self, request: Request, response: Response, name: str, text: str, max_age: int
    ) -> None:
        response.set_cookie(
            name,
            text,
            max_age=max_age,
            path="/",
            secure=self._is_secure(request),
            httponly=True,
            # Sent where a link leads here from elsewhere, and with no form of another site:
            # https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#samesitesamesite-value
            samesite="lax",
        )

    def _delete(self, request: Request, response: Response, name: str) -> None:
        secure = self._is_secure(request)
        response.delete_cookie(name, path="/", secure=secure, httponly=True)

    def _is_secure(self, request: Request) -> bool:
        return bool(self._secure_host) and (
            request.headers.get("host", "").lower() == self._secure_host
        )

    def _name(self, request: Request) -> str:
        return SECURE_COOKIE if self._is_secure(request) else COOKIE

    def _challenge_name(self, request: Request) -> str:
        return f"{self._name(request)}-sign-in"


class OwnerLinks:
    """Who can read the key's file is the machine's owner: `bricklayer dashboard` makes the code.

    Each is good once, within five minutes, so that none is of use from a browser's history.
    """

    def __init__(self, key: str, used: SpentNames | None = None) -> None:
        self._signer = URLSafeTimedSerializer(key, salt=_LINK)
        self._used = used or SpentNames()

    def make_code(self) -> str:
        return str(self._signer.dumps(secrets.token_urlsafe(12)))

    def use(self, code: str) -> bool:
        """Whether it is one of ours, and was not used before."""
        if len(code) > _MAX_COOKIE_CHARACTERS:
            return False
        try:
            name = str(self._signer.loads(code, max_age=LINK_SECONDS))
        except BadData:
            return False
        return self._used.spend(name, LINK_SECONDS)


def read_key(settings: Settings) -> str:
    """Of this machine's state folder, made where there is none."""
    path = open_state_dir(settings) / KEY_FILE
    try:
        return _read(path)
    except FileNotFoundError:
        _make(path)
        return _read(path)


def _read(path: Path) -> str:
    return path.read_text(encoding="ascii").strip()


def _make(path: Path) -> None:
    """Written whole before it has its name: another process may make one at the same time."""
    draft = path.with_name(f".{KEY_FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{secrets.token_hex(32)}\n")
    try:
        # Fails where there is one by now: https://man7.org/linux/man-pages/man2/link.2.html
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
