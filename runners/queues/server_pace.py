"""How often each model server is looked at: often while there is work, seldom where it is silent.

A look costs milliseconds of a processor for each server, day and night.
"""

from dataclasses import dataclass, field

LOOK_SECONDS = 5.0
IDLE_SECONDS = 30.0
"""While nothing is built: then a server only tells that it is there."""
MAX_SILENT_SECONDS = 20.0
"""Between looks at one that does not answer, while somebody works."""
MAX_IDLE_SILENT_SECONDS = 120.0


@dataclass(slots=True)
class Pace:
    """By the keys of servers. Times are seconds of a clock that is never set back."""

    _next: dict[str, float] = field(default_factory=dict)
    _pauses: dict[str, float] = field(default_factory=dict)
    _was_at_work: bool = False

    def note_work(self, *, at_work: bool) -> None:
        """Where work begins, all are looked at."""
        if at_work and not self._was_at_work:
            self._next.clear()
        self._was_at_work = at_work

    def is_due(self, key: str, now: float) -> bool:
        return now >= self._next.get(key, now)

    def note_look(self, key: str, now: float, *, answered: bool) -> None:
        """The next look at one that is silent comes after twice as long, up to a limit."""
        least = LOOK_SECONDS if self._was_at_work else IDLE_SECONDS
        if answered:
            self._pauses.pop(key, None)
            pause = least
        else:
            most = MAX_SILENT_SECONDS if self._was_at_work else MAX_IDLE_SILENT_SECONDS
            pause = min(most, max(LOOK_SECONDS, 2 * self._pauses.get(key, LOOK_SECONDS / 2)))
            self._pauses[key] = pause
        self._next[key] = now + pause
