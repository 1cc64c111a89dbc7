"""The two ways of being somebody on GitHub: an App, or the owner of a token."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from github.Auth import Auth, Token

from bot.github import retry
from bot.github.app_permissions import lacking, may_push
from bot.github.auth import AppSignature, InstallationAuth, epoch
from bot.github.errors import ForbiddenError, NotFoundError
from bot.github.installations import SETTLED, Listed, Reach
from bot.github.repository import given_id, made
from bot.github.requester import Client
from bot.github.webhooks import Person, objects
from bot.github.webhooks.fields import Field

UNMADE = -1
"""The id of an account that is not there yet; nothing anywhere is from it."""
_VIEWER = "query { viewer { login } }"
_FORBIDDEN = 403
_SHORTEST_LINE = 40
_KEPT = 3600.0
"""Seconds that a token is struck out for after it has expired: clocks differ."""


@dataclass(frozen=True, slots=True, repr=False)
class Access:
    """`token` gives one for git that is good for so many seconds."""

    wire: Client
    token: Callable[[float], str]
    installation: int = 0


class Connect(Protocol):
    def __call__(self, auth: Auth, drop: Callable[[str], None] | None = None) -> Client: ...


class Identity(Protocol):
    def me(self) -> Person: ...
    def repos(self) -> Reach: ...
    def forget(self) -> None: ...
    def access(self, repo: str, installation: int) -> Access: ...
    def lacks(self, repo: str) -> tuple[str, ...] | None: ...
    def secrets(self) -> tuple[str, ...]: ...


class TokenIdentity:
    """A fine-grained token, or the one that Actions gives to a workflow."""

    def __init__(self, token: str, repos: tuple[str, ...], connect: Connect) -> None:
        self._token = token
        self._repos = repos
        self._wire = connect(Token(token))

    def me(self) -> Person:
        try:
            return made(objects.person, self._wire.ask("GET", "/user").field)
        except ForbiddenError as exc:
            if exc.status != _FORBIDDEN:
                raise
        # A workflow's own token is an App's: REST does not say whose.
        _, told = self._wire.graphql_query(_VIEWER, {})
        viewer = Field(told["data"], "data")
        login = made(lambda one: one["viewer"]["login"].shaped(objects.LOGIN), viewer)
        return _bot(self._wire, login.removesuffix("[bot]"))

    def repos(self) -> Reach:
        return [(repo, 0) for repo in self._repos]

    def forget(self) -> None:
        """What is watched stands in the settings."""

    def access(self, repo: str, installation: int) -> Access:  # noqa: ARG002
        return Access(self._wire, lambda _: self._token)

    def lacks(self, repo: str) -> tuple[str, ...] | None:
        may = may_push(self._wire.ask("GET", f"/repos/{repo}").field)
        return None if may is None else () if may else ("contents: write",)

    def secrets(self) -> tuple[str, ...]:
        return (self._token,)


class AppIdentity:
    """Signs with the App's key for itself, and has a token of an hour for each installation."""

    def __init__(
        self, signature: AppSignature, key: str, repos: tuple[str, ...], connect: Connect
    ) -> None:
        """`repos`, where there are any, are watched in place of all it is installed on."""
        self._key = key
        self._repos = repos
        self._reached: dict[str, tuple[int, float]] = {}
        self._connect = connect
        self._app = connect(signature)
        clock = self._app.limits.clock
        self._listed = Listed(self._installations, lambda one: self._installed(one).wire, clock)
        self._issued: dict[str, float] = {}
        self._accesses: dict[int, Access] = {}
        self._lock = threading.Lock()

    def me(self) -> Person:
        """Asked for with an installation's token: the App's own signature does not open /users."""
        slug = made(lambda app: app["slug"].text(), self._app.ask("GET", "/app").field)
        installation = next(self._installations(), 0)
        if not installation:
            hint = "Install it on a repository: its page on GitHub has the button."
            raise ForbiddenError("the App is installed nowhere", hint=hint)
        return _bot(self._installed(installation).wire, slug)

    def repos(self) -> Reach:
        if self._repos:
            return [(repo, 0) for repo in self._repos]
        return self._listed.repos()

    def forget(self) -> None:
        self._listed.forget()
        self._reached.clear()

    def access(self, repo: str, installation: int) -> Access:
        return self._installed(installation or self._reaching(repo))

    def _reaching(self, repo: str) -> int:
        found, until = self._reached.get(repo, (0, 0.0))
        now = self._app.limits.clock()
        if now >= until:
            found = given_id(self._app.ask("GET", f"/repos/{repo}/installation").field)
            self._reached[repo] = (found, now + SETTLED)
        return found

    def lacks(self, repo: str) -> tuple[str, ...] | None:
        return lacking(self._app.ask("GET", f"/repos/{repo}/installation").field)

    def secrets(self) -> tuple[str, ...]:
        """Of the key each line, so that no part of it is given away."""
        lines = (line for line in self._key.splitlines() if len(line) >= _SHORTEST_LINE)
        return (*lines, *list(self._issued))

    def _installations(self) -> Iterator[int]:
        for page in self._app.pages("/app/installations"):
            for entry in made(list, page.field):
                if not made(lambda one: one["suspended_at"].text(), entry):
                    yield given_id(entry)

    def _installed(self, installation: int) -> Access:
        with self._lock:
            if installation not in self._accesses:
                clock = self._app.limits.clock
                auth = InstallationAuth(lambda: self._issue(installation), clock)
                wire = self._connect(auth, auth.drop)
                self._accesses[installation] = Access(wire, auth.lasting, installation)
            return self._accesses[installation]

    def _issue(self, installation: int) -> tuple[str, float]:
        """Asked for again where the answer is lost: a token that nobody has does no harm."""
        path = f"/app/installations/{installation}/access_tokens"
        told = retry.repeated(lambda: self._app.ask("POST", path), self._app.limits.sleep).field
        token = made(lambda one: one["token"].text(), told)
        expires = epoch(made(lambda one: one["expires_at"].text(), told))
        with self._lock:
            now = self._app.limits.clock()
            self._issued = {one: end for one, end in self._issued.items() if end > now - _KEPT}
            self._issued[token] = expires
        return token, expires


def _bot(wire: Client, slug: str) -> Person:
    """The account of an App; a server may make it only when the App first writes something."""
    try:
        told = wire.ask("GET", f"/users/{quote(slug, safe='')}%5Bbot%5D").field
    except NotFoundError:
        return Person(UNMADE, f"{slug}[bot]", bot=True)
    return made(objects.person, told)
