"""What a line of the log is about, told by whoever begins work on it: no call has to name it.

A thread begins with nothing (https://docs.python.org/3.11/library/contextvars.html): one that goes
on with the work of another is started with `carry_fields`.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from functools import partial
from typing import TypedDict, Unpack


class LogFields(TypedDict, total=False):
    """`delivery` is GitHub's id, `ticket` as `owner/name#12`, `job` the id of what is built."""

    delivery: str
    ticket: str
    job: str
    repository: str


_FIELDS: ContextVar[Mapping[str, str] | None] = ContextVar("log_fields", default=None)
_OF_PROCESS: dict[str, str] = {}


@contextmanager
def log_fields(**fields: Unpack[LogFields]) -> Iterator[None]:
    """For the lines of this block, and for those of what it awaits."""
    before = _FIELDS.set({**(_FIELDS.get() or {}), **_as_text(fields)})
    try:
        yield
    finally:
        _FIELDS.reset(before)


def add_log_fields(**fields: Unpack[LogFields]) -> None:
    """Until the block around it ends: so also for what is told of an error that leaves this one.

    Without a block there would be no end, and nothing is added.
    """
    if (known := _FIELDS.get()) is not None:
        _FIELDS.set({**known, **_as_text(fields)})


def set_process_fields(fields: Mapping[str, str]) -> None:
    """For a process that does one piece of work, whichever of its threads tells of it."""
    _OF_PROCESS.clear()
    _OF_PROCESS.update(fields)


def find_log_fields() -> dict[str, str]:
    return {
        name: value for name, value in (_OF_PROCESS | dict(_FIELDS.get() or {})).items() if value
    }


def carry_fields(target: Callable[[], None]) -> Callable[[], None]:
    """For a thread: it tells of the same as whoever starts it."""
    return partial(copy_context().run, target)


def _as_text(fields: LogFields) -> dict[str, str]:
    return {name: str(value) for name, value in fields.items()}
