"""The bot's account on GitHub, from this machine's settings."""

import threading
import time
from collections.abc import Callable, Mapping
from functools import partial

from github.Auth import Auth

from bot.config.github_access import GitHubSettings
from bot.config.machine import find_settings_file
from bot.config.paths import resolve_path
from bot.errors import UserError
from bot.github.app_hook import LOOKED_AT, Hook
from bot.github.auth import AppSignature
from bot.github.client import Client
from bot.github.identity import UNKNOWN_ID, AppIdentity, Identity, TokenIdentity
from bot.github.rate_limits import Limits
from bot.github.repository import Repository
from bot.github.repository_api import RepositoryApi
from bot.github.server_clock import ServerClock
from bot.github.types import Watched
from bot.github.webhooks import Person
from bot.text.secrets import collect_credentials

REPOS_FRESH_SECONDS = 600.0
GIT_TOKEN_SECONDS = 900.0
"""Seconds that a token given to git is still good for."""
_MAX_KEY_BYTES = 64 << 10
_MIN_SECRET_CHARACTERS = 16
"""A shorter value of some KEY or TOKEN may be a word like `enabled`."""


class Account:
    """Safe for many threads. Making one asks GitHub for nothing."""

    def __init__(
        self,
        settings: GitHubSettings,
        env: Mapping[str, str],
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        backoff: float = 0.5,
    ) -> None:
        """`backoff`: seconds before a read is tried again, doubled each time.

        `guard`, once set, is asked before each change on GitHub, and raises where none may be made.
        """

        def connect(auth: Auth, drop: Callable[[str], None] | None = None) -> Client:
            limits = Limits(clock, sleep, self._server_clock)
            client = Client(settings.api_url, auth, limits, backoff, drop)
            client.guard = self._ask_guard
            return client

        self.guard: Callable[[], None] = lambda: None
        self._server_clock = ServerClock(clock)
        self._identity: Identity
        if settings.app_id:
            signature, key = _signature(settings, clock, self._server_clock)
            self._identity = AppIdentity(
                signature, key, settings.repos, connect, self._server_clock
            )
        else:
            self._identity = TokenIdentity(_token(settings, env), settings.repos, connect)
        self._from_env = _secrets(settings, env)
        self._me: Person | None = None
        self._reach: dict[str, int] = {}
        self._ids: dict[str, int] = {}
        self._clock, self._asked = clock, float("-inf")
        self._naming, self._reaching = threading.Lock(), threading.Lock()

    def _ask_guard(self) -> None:
        self.guard()

    def own_account(self) -> Person:
        """Whom GitHub names as the author of what the bot does; asked for until it is there."""
        with self._naming:
            if self._me is None or self._me.id == UNKNOWN_ID:
                self._me = self._identity.own_account()
            return self._me

    def list_repos(self) -> Watched:
        """What the sweep looks at. Not asked of GitHub again within ten minutes."""
        with self._reaching:
            if not 0 <= self._clock() - self._asked < REPOS_FRESH_SECONDS:
                listed = self._identity.list_repos()
                self._reach = {repo: installation for repo, installation, _ in listed}
                self._ids = {repo: repo_id for repo, _, repo_id in listed if repo_id}
                self._asked = self._clock()
            return Watched(tuple(sorted(self._reach)), self._ids)

    def server_time(self) -> float:
        """GitHub's time, in seconds since 1970, by its last answer."""
        return self._server_clock.now()

    def forget_repos(self) -> None:
        """What the bot may reach has changed: ask for it the next time."""
        with self._reaching:
            self._identity.forget_repos()
            self._asked = float("-inf")

    def open_repository(self, repo: str, installation: int = 0) -> Repository:
        """`installation` as an event tells it; an App that does not know it asks for it."""
        access = self._identity.open_access(repo, installation or self._reach.get(repo, 0))
        api = RepositoryApi(access.client, repo, self.own_account, self.known_secrets)
        return Repository(api, partial(access.token, GIT_TOKEN_SECONDS), access.installation)

    def missing_permissions(self, repo: str) -> tuple[str, ...] | None:
        """What it should be allowed there and is not, as `checks: write`; None: nobody says."""
        return self._identity.missing_permissions(repo)

    def list_granted(self, repo: str) -> Mapping[str, str] | None:
        """The App's permissions there, each with its level; None for a token."""
        return self._identity.list_granted(repo)

    def read_hook(self, most: int = LOOKED_AT) -> Hook | None:
        """The App's own webhook, with its last deliveries; None for a token."""
        return self._identity.read_hook(most)

    def redeliver(self, number: int) -> None:
        """Have GitHub send again what it did not get rid of, by the number of an attempt."""
        self._identity.redeliver(number)

    def list_scopes(self) -> tuple[str, ...]:
        """Of a classic token; none of a fine-grained one, or of an App."""
        return self._identity.list_scopes()

    def known_secrets(self) -> tuple[str, ...]:
        """All that must not leave this machine, the tokens of now and of the last hours too."""
        return (*self._from_env, *self._identity.known_secrets())


def _signature(
    settings: GitHubSettings, clock: Callable[[], float], server_clock: ServerClock
) -> tuple[AppSignature, str]:
    """With the key it is made by."""
    where = settings.private_key_file
    hint = "It is the .pem file that GitHub gave when the App's key was made."
    if not where:
        what = "app_id is set, but private_key_file is missing under [github]"
        raise UserError(what, where=str(find_settings_file()), hint=hint)
    path = resolve_path(where, where="private_key_file")
    try:
        key = path.read_bytes()[:_MAX_KEY_BYTES].decode()
        signature = AppSignature(settings.app_id, key, clock, server_clock.now)
        signature.token  # noqa: B018  # made now: only so is it known for a key
    except OSError as exc:
        raise UserError(f"no private key: {exc.strerror}", where=str(path), hint=hint) from None
    except Exception:  # noqa: BLE001  # whatever cryptography has against it; it may quote the key
        raise UserError("not a private key", where=where, hint=hint) from None
    return signature, key


def _token(settings: GitHubSettings, env: Mapping[str, str]) -> str:
    if settings.token_file:
        path = resolve_path(settings.token_file, where="token_file")
        try:
            text = path.read_bytes()[:_MAX_KEY_BYTES].decode("ascii")
        except (OSError, UnicodeDecodeError):
            hint = "It holds the token and nothing else."
            raise UserError("no token", where=settings.token_file, hint=hint) from None
    else:
        text = env.get(settings.token_env, "")
    token = text.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        what = "no way to GitHub: neither an App nor a token"
        hint = f"Set app_id and private_key_file under [github], or ${settings.token_env}."
        raise UserError(what, where=settings.token_file or str(find_settings_file()), hint=hint)
    return token


def _secrets(settings: GitHubSettings, env: Mapping[str, str]) -> tuple[str, ...]:
    named = (
        env.get(name, "").strip() for name in (settings.webhook_secret_env, settings.token_env)
    )
    others = (value for value in collect_credentials(env) if len(value) >= _MIN_SECRET_CHARACTERS)
    return tuple(dict.fromkeys(value for value in (*named, *others) if value))
