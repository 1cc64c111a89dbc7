"""Surprises stop a story instead of being written down in it."""

import functools
import threading
from collections.abc import Callable
from typing import Concatenate, NoReturn, ParamSpec, TypeVar

from dbos import DBOS


class AbortingSteps:
    """Whose steps stop the run with the first surprise: the main thread is woken and raises it."""

    def __init__(self) -> None:
        self.halted = threading.Event()
        self.surprise: BaseException | None = None
        self.woken = threading.Event()

    def stop(self, surprise: BaseException) -> NoReturn:
        """Wake the main thread with what went wrong; nothing more is started."""
        if self.surprise is None:
            self.surprise = surprise
        self.halted.set()
        self.woken.set()
        self.park()

    def park(self) -> NoReturn:
        while True:
            threading.Event().wait()


P = ParamSpec("P")
R = TypeVar("R")
H = TypeVar("H", bound=AbortingSteps)


def durable_step(work: Callable[Concatenate[H, P], R]) -> Callable[Concatenate[H, P], R]:
    """Make a method a durable step whose surprises stop the run instead of being written down.

    A recorded exception would come back at every replay. A full disk or a bug must not: the step
    stays undone, its thread waits for the end of the process, and the next run does it again.
    """

    @functools.wraps(work)
    def guarded(self: H, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if self.halted.is_set():
            self.park()
        try:
            return work(self, *args, **kwargs)
        except BaseException as exc:  # noqa: BLE001  # handed to the main thread, which raises it
            self.stop(exc)

    return DBOS.step(name=work.__name__)(guarded)


def abort_on_error(tell: Callable[Concatenate[H, P], R]) -> Callable[Concatenate[H, P], R]:
    """Hold the same for what a workflow does between its steps: telling people, keeping a state."""

    @functools.wraps(tell)
    def guarded(self: H, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return tell(self, *args, **kwargs)
        except BaseException as exc:  # noqa: BLE001  # as in a step
            self.stop(exc)

    return guarded
