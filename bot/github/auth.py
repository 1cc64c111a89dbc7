"""An App's signature and an installation's token, made anew in time. No repr here shows one."""

import threading
import time
from collections.abc import Callable
from datetime import datetime

from github.Auth import AppAuth, Auth

from bot.github.errors import UnavailableError

MIN_TOKEN_SECONDS = 300.0
"""Seconds that a token must still be good for when it is used."""


# GitHub takes one of at most ten minutes; PyGithub asks for five.
# https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
SIGNATURE_SECONDS = 240.0
"""Seconds that a signature is used; GitHub takes it for a minute longer."""


class AppSignature(AppAuth):
    """An App's JWT. To read the key takes a tenth of a second in which no other thread runs."""

    def __init__(
        self,
        app_id: int,
        key: str,
        clock: Callable[[], float] = time.time,
        server_now: Callable[[], float] | None = None,
    ) -> None:
        """`server_now` is GitHub's time, by which it judges the signature."""
        super().__init__(app_id, key)
        self._clock = clock
        self._server_now = server_now or clock
        self._lock = threading.Lock()
        self._kept, self._until = "", 0.0

    @property
    def token(self) -> str:
        with self._lock:
            if self._clock() >= self._until:
                self._kept, self._until = self.create_jwt(), self._clock() + SIGNATURE_SECONDS
            return self._kept

    def drop_token(self, stale: str) -> None:
        """`stale` was refused, as it is where this machine's clock was wrong."""
        with self._lock:
            if self._kept == stale:
                self._until = 0.0

    def create_jwt(self, expiration: int | None = None) -> str:
        """PyGithub takes this machine's time, and GitHub refuses a signature from the future."""
        now = int(self._server_now())
        end = now + (expiration or self._jwt_expiry)
        assert self._sign_func  # noqa: S101  # PyGithub makes it of the key
        claims = {"iat": now + self._jwt_issued_at, "exp": end, "iss": self._app_id}
        signed = self._sign_func(claims)
        return signed.decode() if isinstance(signed, bytes) else signed


# Such a token is good for an hour:
# https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app
class InstallationAuth(Auth):
    """`issue` asks GitHub for a token and says when it expires, in seconds of the epoch."""

    def __init__(
        self, issue: Callable[[], tuple[str, float]], clock: Callable[[], float] = time.time
    ) -> None:
        self._issue = issue
        self._clock = clock
        self._lock = threading.Lock()
        self._token, self._expires = "", 0.0

    @property
    def token_type(self) -> str:
        return "token"

    @property
    def token(self) -> str:
        return self.token_lasting(MIN_TOKEN_SECONDS)

    def token_lasting(self, seconds: float) -> str:
        """One that is good for `seconds` at least, where GitHub gives any that long."""
        with self._lock:
            if not self._token or self._expires - self._clock() < seconds:
                self._token, self._expires = self._issue()
            return self._token

    def drop_token(self, stale: str) -> None:
        """`stale` was refused. Nothing happens where another thread has a newer one already."""
        with self._lock:
            if self._token == stale:
                self._token = ""


def parse_time(at: str) -> float:
    """GitHub's `2026-01-31T12:00:00Z` in seconds of the epoch."""
    try:
        return datetime.fromisoformat(at).timestamp()
    except (ValueError, OverflowError):
        raise UnavailableError(f"no time: {at[:40]!r}") from None
