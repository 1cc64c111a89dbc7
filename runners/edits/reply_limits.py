"""Bounding the time that one reply may take, so that hostile or garbled text delays no run."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from runners.edits.model import EditError

MAX_CHARACTERS = 1_000_000
"""Of a reply; no edit is longer."""
MAX_MARKERS = 1_500
"""Lines that open or close something; a reply with more is noise, and would cost minutes."""
MARKERS = ("```", "~~~", "<<<<<", "=====", ">>>>>", "@@", "*** ", "--- ", "+++ ")
MAX_SECONDS = 5.0
"""Of this thread's processor time; ordinary replies take a hundredth of one second."""

ANSWER_ONLY = "Answer with the change only."

# Per thread, since each thread begins with a context of its own:
# https://docs.python.org/3.11/library/contextvars.html
_deadline: ContextVar[float] = ContextVar("deadline", default=float("inf"))


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
def time_budget() -> Iterator[None]:
    """Within it, `check_time` raises once `MAX_SECONDS` are used up.

    Processor time of the thread, not the clock: a busy machine refuses no more than a quiet one
    (https://docs.python.org/3.11/library/time.html#time.thread_time).
    """
    token = _deadline.set(time.thread_time() + MAX_SECONDS)
    try:
        yield
    finally:
        _deadline.reset(token)


def check_time() -> None:
    if time.thread_time() > _deadline.get():
        raise EditError("the reply takes too long to work out", ANSWER_ONLY)
