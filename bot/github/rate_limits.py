"""What an answer says about when to ask again, and keeping to it."""

import math
import threading
import time
from collections.abc import Callable, Mapping

from bot.github.errors import RateLimitedError
from bot.github.server_clock import ServerClock, read_date
from bot.github.transport import Answer

LONGEST_WAIT = 60.0
"""Seconds. What takes longer is for the ticket to wait for, not for a thread."""
SECONDARY_WAIT = 60.0
"""What GitHub asks for where a secondary limit comes without a time."""
MAX_LIMIT_SECONDS = 3700.0
"""GitHub's windows are an hour long: no odd header may stop the bot for good."""
ALL = "all"
_SECONDARY = ("rate limit", "abuse detection")
_FORBIDDEN, _TOO_MANY = 403, 429


def limited_until(answer: Answer, now: float) -> float | None:
    """The time before which a call that a limit refused must not be made again; None: none did.

    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    if not _refused(answer):
        return None
    after = _seconds(answer.headers.get("retry-after"))
    if after is not None:
        return now + min(after, MAX_LIMIT_SECONDS)
    return emptied_until(answer.headers, now) or now + SECONDARY_WAIT


def _refused(answer: Answer) -> bool:
    if answer.status == _FORBIDDEN:
        message = answer.message.lower()
        signs = "retry-after" in answer.headers or emptied_until(answer.headers, 0) is not None
        return signs or any(words in message for words in _SECONDARY)
    return answer.status == _TOO_MANY or "RATE_LIMITED" in answer.graphql_errors


def emptied_until(headers: Mapping[str, str], now: float) -> float | None:
    """When a used-up budget is filled again; None while there is something left of it."""
    if _seconds(headers.get("x-ratelimit-remaining")) != 0:
        return None
    reset = _seconds(headers.get("x-ratelimit-reset"))
    if reset is None:
        return None
    # By GitHub's clock, which the answer tells; the caller's may be another.
    date = read_date(headers)
    reset += 0.0 if date is None else now - date
    # It is not said when in that second.
    return min(max(reset + 1, now), now + MAX_LIMIT_SECONDS)


def _seconds(value: str | None) -> float | None:
    try:
        found = float(value or "")
    except ValueError:
        return None
    return found if math.isfinite(found) and found >= 0 else None


class Limits:
    """The limits of one token, shared by its threads. `ALL` holds for every budget."""

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        server_clock: ServerClock | None = None,
    ) -> None:
        """`server_clock` is set by every answer."""
        self.clock = clock
        self.server_clock = server_clock or ServerClock(clock)
        self.sleep = sleep
        self._until: dict[str, float] = {}
        self._lock = threading.Lock()

    def note_limit(self, budget: str, until: float) -> None:
        with self._lock:
            self._until[budget] = max(until, self._until.get(budget, 0.0))

    def wait_for_budget(self, budget: str) -> None:
        """Wait until `budget` may be used. Raises RateLimitedError where that takes too long."""
        until = max(self._until.get(budget, 0.0), self._until.get(ALL, 0.0))
        wait = until - self.clock()
        if wait > MAX_LIMIT_SECONDS:  # no limit is that long: the clock was set back since
            with self._lock:
                self._until.clear()
            return
        if wait > LONGEST_WAIT:
            raise RateLimitedError("its rate limit is used up", until=until)
        if wait > 0:
            self.sleep(wait)
