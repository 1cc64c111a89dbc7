"""GitHub's clock, as its own answers tell it: this machine's may be wrong by minutes."""

import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime


def read_date(headers: Mapping[str, str]) -> float | None:
    """When an answer was made, in seconds since 1970; None where it does not say.

    `headers` are by lower-case names. The time is in whole seconds:
    https://www.rfc-editor.org/rfc/rfc9110#field.date
    """
    try:
        return parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


class ServerClock:
    """This machine's clock, set right by each answer. Before the first, it is this machine's.

    Compare with GitHub's times (`created_at`, `expires_at`) only what this clock says. Safe for
    many threads: one number is read and written.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.offset = 0.0
        """Seconds that GitHub is ahead of this machine."""

    def now(self) -> float:
        return self._clock() + self.offset

    def to_local(self, at: float) -> float:
        """A time of GitHub's as this machine's clock will show it."""
        return at - self.offset

    def note_answer(self, headers: Mapping[str, str]) -> None:
        """An answer that just came. Of its second the beginning is taken: never ahead of GitHub."""
        if (date := read_date(headers)) is not None:
            self.offset = date - self._clock()
