"""People who are signed in with GitHub, and which repositories each may read and write.

Their tokens stay in memory: after a restart GitHub signs them in again, without a question.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bot.github.errors import ForbiddenError, GitHubError
from bot.github.sign_in import SignInApp, list_reach
from bot.storage.overview import Visible

REACH_SECONDS = 300.0
"""After which is asked anew what somebody may read. What they do is asked of GitHub each time."""
STALE_SECONDS = 3600.0
"""How long the last answer holds while GitHub gives none."""
MAX_ACCOUNTS = 1000
"""More than sign in to one machine; the one that looked longest ago is forgotten first."""


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """`asked_at` is by the monotonic clock."""

    token: str = field(repr=False)
    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    asked_at: float = 0.0

    @property
    def visible(self) -> Visible:
        return Visible(self.reads)


class Accounts:
    """By the name of a session. Safe for many threads."""

    def __init__(self, app: SignInApp, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._clock = clock
        self._known: dict[str, KnownAccount] = {}
        self._lock = threading.Lock()

    def add(self, name: str, token: str) -> None:
        """Raises GitHubError where what they may read cannot be told."""
        self._keep(name, self._ask(KnownAccount(token)))

    def find(self, name: str) -> KnownAccount | None:
        """None where they have to sign in again."""
        with self._lock:
            known = self._known.get(name)
        if known is None:
            return None
        age = self._clock() - known.asked_at
        if age < REACH_SECONDS:
            return known
        try:
            known = self._ask(known)
        except ForbiddenError:
            self.forget(name)
            return None
        except GitHubError:
            return known if age < STALE_SECONDS else None
        self._keep(name, known)
        return known

    def forget(self, name: str) -> None:
        with self._lock:
            self._known.pop(name, None)

    def _ask(self, known: KnownAccount) -> KnownAccount:
        reach = list(list_reach(self._app, known.token))
        return replace(
            known,
            reads=frozenset(each.repo for each in reach),
            writes=frozenset(each.repo for each in reach if each.can_write),
            asked_at=self._clock(),
        )

    def _keep(self, name: str, known: KnownAccount) -> None:
        with self._lock:
            self._known.pop(name, None)
            self._known[name] = known
            while len(self._known) > MAX_ACCOUNTS:
                self._known.pop(next(iter(self._known)))
