"""Who asks again and again for what they may not: from some time on they are not answered."""

import threading
from collections import deque

from bot.approval.permissions import allowed

HOUR = 3600.0
MOST_PEOPLE = 10_000


class DenialRateLimit:
    """Safe for many threads. Lost with the process: it saves calls, it proves nothing."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._times: dict[int, deque[float]] = {}
        self._lock = threading.Lock()

    def add(self, person: int, now: float) -> None:
        with self._lock:
            if len(self._times) >= MOST_PEOPLE:
                self._times.pop(next(iter(self._times)))
            self._times.setdefault(person, deque(maxlen=self._most)).append(now)

    def too_many(self, person: int, now: float) -> bool:
        """Whether that person was refused as often as is answered within an hour."""
        with self._lock:
            return not allowed(tuple(self._times.get(person, ())), now, self._most, HOUR)
