"""Of the commands that a thread runs: who hears their output, and whether anybody wants them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from runners.sandbox.capture import Listener

# Of the thread that runs a command, and not a parameter: it would go through every sandbox's `run`.
# https://docs.python.org/3.11/library/contextvars.html
_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)
_UNWANTED: ContextVar[Callable[[], bool]] = ContextVar("unwanted", default=lambda: False)


@contextmanager
def hear_output(listener: Listener) -> Iterator[None]:
    """For the block, `listener` is given what commands of this thread print, as it comes."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def find_listener() -> Listener | None:
    """Who hears this thread's commands now."""
    return _LISTENER.get()


class CommandStoppedError(Exception):
    """Nobody wants its result any more. It has ended, and all that it started."""


@contextmanager
def stop_when(unwanted: Callable[[], bool]) -> Iterator[None]:
    """For the block, commands of this thread are ended with CommandStoppedError once `unwanted`."""
    token = _UNWANTED.set(unwanted)
    try:
        yield
    finally:
        _UNWANTED.reset(token)


def require_wanted() -> None:
    if _UNWANTED.get()():
        raise CommandStoppedError
