"""The two ways to be somebody on GitHub, an App or the owner of a token, and what each reaches."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from github.Auth import Auth, Token

from bot.github.app_hook import LOOKED_AT, Hook, read_hook, redeliver
from bot.github.app_permissions import list_granted, missing_permissions
from bot.github.auth import AppSignature, InstallationAuth, parse_time
from bot.github.client import Client, retry_idempotent
from bot.github.errors import (
    AccountError,
    ForbiddenError,
    GitHubError,
    InstallationGoneError,
    NotFoundError,
)
from bot.github.installed_repos import INSTALLATIONS_SECONDS, InstalledRepos, Reach
from bot.github.repository_api import read_answer, read_id
from bot.github.server_clock import ServerClock
from bot.github.token_rights import find_missing_rights, list_scopes
from bot.github.webhooks import Person, objects
from bot.github.webhooks.fields import Field

UNKNOWN_ID = -1
"""The id of an account that is not there yet; nothing anywhere is from it."""
_VIEWER = "query { viewer { login } }"
_FORBIDDEN = 403
_SHORTEST_LINE = 40
_HINT_GONE = (
    "Where the App was installed anew it is found by itself; else install it again on the account,"
    " and choose the repository there."
)
_KEPT = 3600.0
"""Seconds that a token is struck out for after it has expired: clocks differ."""


@dataclass(frozen=True, slots=True, repr=False)
class Access:
    """`token` gives one for git that is good for so many seconds."""

    client: Client
    token: Callable[[float], str]
    installation: int = 0


class Connect(Protocol):
    def __call__(self, auth: Auth, drop: Callable[[str], None] | None = None) -> Client: ...


class Identity(Protocol):
    def own_account(self) -> Person: ...
    def list_repos(self) -> Reach: ...
    def forget_repos(self) -> None: ...
    def open_access(self, repo: str, installation: int) -> Access: ...
    def missing_permissions(self, repo: str) -> tuple[str, ...] | None: ...
    def list_granted(self, repo: str) -> Mapping[str, str] | None: ...
    def read_hook(self, most: int = LOOKED_AT) -> Hook | None: ...
    def redeliver(self, number: int) -> None: ...
    def list_scopes(self) -> tuple[str, ...]: ...
    def known_secrets(self) -> tuple[str, ...]: ...


class IssuedTokens:
    """Tokens of the last hours, by the second since 1970 at which each expires; for any thread."""

    def __init__(self) -> None:
        self._ends: dict[str, float] = {}
        self._lock = threading.Lock()

    def note(self, token: str, expires: float, now: float) -> None:
        with self._lock:
            self._ends = {one: end for one, end in self._ends.items() if end > now - _KEPT}
            self._ends[token] = expires

    def list_known(self) -> tuple[str, ...]:
        with self._lock:
            return tuple(self._ends)


# Of the process: its loop and its worker have an account each, and so has each term of the loop.
# What one of them was given must not leave by way of another.
_ISSUED = IssuedTokens()


class TokenIdentity:
    """A fine-grained token, or the one that Actions gives to a workflow."""

    def __init__(self, token: str, repos: tuple[str, ...], connect: Connect) -> None:
        self._token = token
        self._repos = repos
        self._client = connect(Token(token))

    def own_account(self) -> Person:
        try:
            return read_answer(objects.read_person, self._client.send_request("GET", "/user").field)
        except ForbiddenError as exc:
            if exc.status != _FORBIDDEN:
                raise
        # A workflow's own token is an App's: REST does not say whose.
        _, answer = self._client.graphql_query(_VIEWER, {})
        viewer = Field(answer["data"], "data")
        login = read_answer(lambda one: one["viewer"]["login"].match_text(objects.LOGIN), viewer)
        return _bot(self._client, login.removesuffix("[bot]"))

    def list_repos(self) -> Reach:
        return [(repo, 0, 0) for repo in self._repos]

    def forget_repos(self) -> None:
        """What is watched stands in the settings."""

    def open_access(self, repo: str, installation: int) -> Access:  # noqa: ARG002
        return Access(self._client, lambda _: self._token)

    def missing_permissions(self, repo: str) -> tuple[str, ...] | None:
        return find_missing_rights(self._client, repo)

    def list_granted(self, repo: str) -> Mapping[str, str] | None:  # noqa: ARG002
        """Of a token GitHub tells only what a call that it refuses would need."""
        return None

    def read_hook(self, most: int = LOOKED_AT) -> Hook | None:
        """Its repositories may have some, which takes more rights to see."""
        del most
        return None

    def redeliver(self, number: int) -> None:
        """It has no hook of its own."""

    def list_scopes(self) -> tuple[str, ...]:
        return list_scopes(self._client)

    def known_secrets(self) -> tuple[str, ...]:
        return (self._token,)


class AppIdentity:
    """Signs with the App's key for itself, and has a token of an hour for each installation."""

    def __init__(
        self,
        signature: AppSignature,
        key: str,
        repos: tuple[str, ...],
        connect: Connect,
        server_clock: ServerClock,
    ) -> None:
        """`repos`, where there are any, are watched in place of all it is installed on."""
        self._key = key
        self._repos = repos
        self._reached: dict[str, tuple[int, float]] = {}
        self._gone: set[int] = set()
        self._connect = connect
        self._app = connect(signature, signature.drop_token)
        self._server_clock = server_clock
        clock = self._app.limits.clock
        self._listed = InstalledRepos(
            self._installations, lambda one: self._installed(one).client, clock
        )
        self._accesses: dict[int, Access] = {}
        self._lock = threading.Lock()

    def own_account(self) -> Person:
        """Asked for with an installation's token: the App's own signature does not open /users."""
        slug = read_answer(
            lambda app: app["slug"].read_text(), self._app.send_request("GET", "/app").field
        )
        hint = "Install it on a repository: its page on GitHub has the button."
        refused: GitHubError = ForbiddenError("the App is installed nowhere", hint=hint)
        for installation in self._installations():
            try:
                return _bot(self._installed(installation).client, slug)
            except AccountError as exc:
                refused = exc
        raise refused

    def list_repos(self) -> Reach:
        if self._repos:
            return [(repo, 0, 0) for repo in self._repos]
        return self._listed.list_repos()

    def forget_repos(self) -> None:
        self._listed.forget_repos()
        self._reached.clear()

    def open_access(self, repo: str, installation: int) -> Access:
        """By `installation`, or by another one where that is known to be gone."""
        known = 0 if installation in self._gone else installation
        return self._installed(known or self._reaching(repo))

    def _reaching(self, repo: str) -> int:
        found, until = self._reached.get(repo, (0, 0.0))
        now = self._app.limits.clock()
        if now >= until:
            found = read_id(self._app.send_request("GET", f"/repos/{repo}/installation").field)
            self._reached[repo] = (found, now + INSTALLATIONS_SECONDS)
        return found

    def missing_permissions(self, repo: str) -> tuple[str, ...] | None:
        return missing_permissions(
            self._app.send_request("GET", f"/repos/{repo}/installation").field
        )

    def list_granted(self, repo: str) -> Mapping[str, str] | None:
        return list_granted(self._app.send_request("GET", f"/repos/{repo}/installation").field)

    def read_hook(self, most: int = LOOKED_AT) -> Hook | None:
        return read_hook(self._app, most)

    def redeliver(self, number: int) -> None:
        redeliver(self._app, number)

    def list_scopes(self) -> tuple[str, ...]:
        """An App has permissions instead."""
        return ()

    def known_secrets(self) -> tuple[str, ...]:
        """Of the key each line, so that no part of it is given away."""
        lines = (line for line in self._key.splitlines() if len(line) >= _SHORTEST_LINE)
        return (*lines, *_ISSUED.list_known())

    def _installations(self) -> Iterator[int]:
        for page in self._app.iterate_pages("/app/installations"):
            for entry in read_answer(list, page.field):
                if not read_answer(lambda one: one["suspended_at"].read_text(), entry):
                    yield read_id(entry)

    def _installed(self, installation: int) -> Access:
        with self._lock:
            if installation not in self._accesses:
                clock = self._app.limits.clock
                auth = InstallationAuth(lambda: self._issue(installation), clock)
                client = self._connect(auth, auth.drop_token)
                self._accesses[installation] = Access(client, auth.token_lasting, installation)
            return self._accesses[installation]

    def _issue(self, installation: int) -> tuple[str, float]:
        """Asked for again where the answer is lost: a token that nobody has does no harm."""
        path = f"/app/installations/{installation}/access_tokens"
        try:
            answer = retry_idempotent(
                lambda: self._app.send_request("POST", path), self._app.limits.sleep
            ).field
        except NotFoundError as exc:
            self._forget_installation(installation)
            raise InstallationGoneError(exc.what, status=exc.status, hint=_HINT_GONE) from exc
        token = read_answer(lambda one: one["token"].read_text(), answer)
        expires_at = parse_time(read_answer(lambda one: one["expires_at"].read_text(), answer))
        expires = self._server_clock.to_local(expires_at)
        _ISSUED.note(token, expires, self._app.limits.clock())
        return token, expires

    def _forget_installation(self, installation: int) -> None:
        """An App that is installed anew has another number, and the old one stays unknown."""
        # https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
        self._gone.add(installation)
        known = list(self._reached.items())
        self._reached = {repo: found for repo, found in known if found[0] != installation}


def _bot(client: Client, slug: str) -> Person:
    """The account of an App; a server may make it only when the App first writes something."""
    try:
        answer = client.send_request("GET", f"/users/{quote(slug, safe='')}%5Bbot%5D").field
    except NotFoundError:
        return Person(UNKNOWN_ID, f"{slug}[bot]", bot=True)
    return read_answer(objects.read_person, answer)
