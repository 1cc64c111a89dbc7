"""A bound on what one reply may cost: hostile or garbled text must not hold a run up."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from runners.edits.model import EditError

MOST = 5.0
"""Seconds of this thread's processor time; ordinary replies take a hundredth of one."""

_until: ContextVar[float] = ContextVar("until", default=float("inf"))


@contextmanager
def time_budget() -> Iterator[None]:
    """Within it, `hurry` raises once the time is used up."""
    token = _until.set(time.thread_time() + MOST)
    try:
        yield
    finally:
        _until.reset(token)


def check_time() -> None:
    if time.thread_time() > _until.get():
        raise EditError("the reply takes too long to work out", "Answer with the change only.")
