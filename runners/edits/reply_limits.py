"""Bounding the work that one reply may cost, so that hostile or garbled text delays no run.

Work is counted and not timed: the same reply ends the same way on a slow machine and on a fast one.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from runners.edits.model import EditError

MAX_CHARACTERS = 1_000_000
"""Of a reply; no edit is longer."""
MAX_MARKERS = 1_500
"""Lines that open or close something; a reply with more is noise, and would cost minutes."""
MARKERS = ("```", "~~~", "<<<<<", "=====", ">>>>>", "@@", "*** ", "--- ", "+++ ")
MAX_WORK_LINES = 40_000_000
"""Lines looked at, of the reply and of the files; ordinary replies take some thousands."""

ANSWER_ONLY = "Answer with the change only."


@dataclass(slots=True)
class Work:
    """How many lines were looked at so far."""

    lines: int = 0


# Per thread, since each thread begins with a context of its own:
# https://docs.python.org/3.11/library/contextvars.html
_work: ContextVar[Work | None] = ContextVar("work", default=None)


def check_reply(reply: str) -> None:
    """Raises `EditError` for a reply that is too long, or that cannot be written as UTF-8."""
    if len(reply) > MAX_CHARACTERS:
        raise EditError(f"a reply of {len(reply):,} characters", ANSWER_ONLY)
    # Surrogates have no UTF-8; JSON can bring them: https://www.rfc-editor.org/rfc/rfc8259#section-8.2
    if any("\ud800" <= character <= "\udfff" for character in reply):
        raise EditError("the reply holds characters that are no text", "Answer in plain text.")


def check_markers(lines: Sequence[str]) -> None:
    """Raises `EditError` for a reply of hardly anything but fences and markers."""
    if sum(line.lstrip().startswith(MARKERS) for line in lines) > MAX_MARKERS:
        raise EditError("the reply is little but fences and markers", ANSWER_ONLY)


@contextmanager
def limit_work() -> Iterator[Work]:
    """Within it, `count_work` raises past `MAX_WORK_LINES`; a limit inside another joins it."""
    work = _work.get() or Work()
    token = _work.set(work)
    try:
        yield work
    finally:
        _work.reset(token)


def count_work(lines: int) -> None:
    """Raises `EditError` where the reply costs more than any edit needs."""
    if (work := _work.get()) is None:
        return
    work.lines += lines
    if work.lines > MAX_WORK_LINES:
        raise EditError(
            f"the reply takes too much work: {work.lines:,} lines to compare", ANSWER_ONLY
        )
