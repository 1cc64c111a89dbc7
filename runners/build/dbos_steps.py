"""Steps of a durable workflow whose errors stop the run instead of being recorded in it."""

import functools
import threading
from collections.abc import Callable
from typing import Concatenate, NoReturn, ParamSpec, TypeVar

from dbos import DBOS


class AbortingSteps:
    """Base of a workflow whose first error stops the run: the main thread wakes and raises it."""

    def __init__(self) -> None:
        self.halted = threading.Event()
        self.error: BaseException | None = None
        self.woken = threading.Event()

    def abort_run(self, error: BaseException) -> NoReturn:
        """Wake the main thread with what went wrong; nothing more is started."""
        if self.error is None:
            self.error = error
        self.halted.set()
        self.woken.set()
        self.wait_for_exit()

    def wait_for_exit(self) -> NoReturn:
        """Block for ever: a thread that returned or raised would have its end recorded by DBOS."""
        while True:
            threading.Event().wait()


P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound=AbortingSteps)


def durable_step(work: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Make a method a durable step whose errors stop the run instead of being recorded.

    A recorded exception would come back at every replay. A full disk or a bug must not: the step
    stays undone, its thread waits for the end of the process, and the next run does it again.
    https://docs.dbos.dev/explanations/how-workflows-work
    """

    @functools.wraps(work)
    def guarded(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if self.halted.is_set():
            self.wait_for_exit()
        try:
            done = work(self, *args, **kwargs)
        # KeyboardInterrupt and SystemExit are no `Exception`, and DBOS must record neither:
        # https://docs.python.org/3.11/library/exceptions.html#exception-hierarchy
        except BaseException as exc:  # noqa: BLE001
            self.abort_run(exc)
        if self.halted.is_set():
            # A check or a model that was killed to stop the run has judged nothing.
            self.wait_for_exit()
        return done

    # Without DBOS's own retries, which are off by default: the tiers and their models have theirs.
    # https://docs.dbos.dev/python/tutorials/step-tutorial
    return DBOS.step(name=work.__name__)(guarded)


def abort_on_error(work: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Make errors between a workflow's steps, in reporting or storing a state, stop the run too."""

    @functools.wraps(work)
    def guarded(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return work(self, *args, **kwargs)
        except BaseException as exc:  # noqa: BLE001  # as in a step
            self.abort_run(exc)

    return guarded
