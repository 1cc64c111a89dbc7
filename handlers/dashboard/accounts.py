"""People who are signed in with GitHub, and which repositories each may read and write.

Their tokens stay in memory: after a restart GitHub signs them in again, without a question.
"""

import math
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
AGAIN_SECONDS = 30.0
"""Between two tries while GitHub gives none."""
MAX_ACCOUNTS = 1000
"""More than sign in to one machine; the one that looked longest ago is forgotten first."""


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """`asked_at`: when GitHub answered last; `tried_at`: when it did not. Both are monotonic.

    Whoever asks holds `asking`: many pages of one browser ask once.
    """

    token: str = field(repr=False)
    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    asked_at: float = 0.0
    tried_at: float = -math.inf
    asking: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

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

    def find_fresh(self, name: str) -> KnownAccount | None:
        """None where GitHub has to be asked, or they have to sign in again. Asks nobody."""
        known = self._get(name)
        return known if known and self._is_fresh(known) else None

    def find(self, name: str) -> KnownAccount | None:
        """None where they have to sign in again."""
        known = self._get(name)
        if known is None or self._is_fresh(known):
            return known
        asking = known.asking
        if not asking.acquire(blocking=not self._holds(known)):
            return known
        try:
            known = self._get(name)  # anew: somebody else may have asked meanwhile
            return known if known is None or self._is_fresh(known) else self._renew(name, known)
        finally:
            asking.release()

    def forget(self, name: str) -> None:
        with self._lock:
            self._known.pop(name, None)

    def _renew(self, name: str, known: KnownAccount) -> KnownAccount | None:
        try:
            found = self._ask(known)
        except ForbiddenError:
            self.forget(name)
            return None
        except GitHubError:
            self._keep(name, replace(known, tried_at=self._clock()), is_new=False)
            return known if self._holds(known) else None
        return found if self._keep(name, found, is_new=False) else None

    def _is_fresh(self, known: KnownAccount) -> bool:
        now = self._clock()
        if now - known.asked_at < REACH_SECONDS:
            return True
        return self._holds(known) and now - known.tried_at < AGAIN_SECONDS

    def _holds(self, known: KnownAccount) -> bool:
        return self._clock() - known.asked_at < STALE_SECONDS

    def _get(self, name: str) -> KnownAccount | None:
        with self._lock:
            return self._known.get(name)

    def _ask(self, known: KnownAccount) -> KnownAccount:
        reach = list(list_reach(self._app, known.token))
        return replace(
            known,
            reads=frozenset(each.repo for each in reach),
            writes=frozenset(each.repo for each in reach if each.can_write),
            asked_at=self._clock(),
        )

    def _keep(self, name: str, known: KnownAccount, *, is_new: bool = True) -> bool:
        """Not where they have signed out while GitHub was asked."""
        with self._lock:
            if self._known.pop(name, None) is None and not is_new:
                return False
            self._known[name] = known
            while len(self._known) > MAX_ACCOUNTS:
                self._known.pop(next(iter(self._known)))
            return True
