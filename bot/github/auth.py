"""An installation's token, issued anew before it expires. No repr here shows one."""

import threading
import time
from collections.abc import Callable
from datetime import datetime

from github.Auth import Auth

from bot.github.errors import Down

LEFT = 300.0
"""Seconds that a token must still be good for when it is used."""


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
        return self.lasting(LEFT)

    def lasting(self, seconds: float) -> str:
        """One that is good for `seconds` at least, where GitHub gives any that long."""
        with self._lock:
            if not self._token or self._expires - self._clock() < seconds:
                self._token, self._expires = self._issue()
            return self._token

    def drop(self, stale: str) -> None:
        """`stale` was refused. Nothing happens where another thread has a newer one already."""
        with self._lock:
            if self._token == stale:
                self._token = ""


def epoch(at: str) -> float:
    """GitHub's `2026-01-31T12:00:00Z` in seconds of the epoch."""
    try:
        return datetime.fromisoformat(at).timestamp()
    except (ValueError, OverflowError):
        raise Down(f"no time: {at[:40]!r}") from None
