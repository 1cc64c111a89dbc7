"""Steps of a durable workflow whose errors stop the run instead of being recorded in it."""

import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, Generic, NoReturn, ParamSpec, TypeVar

from dbos import DBOS, WorkflowHandle, error
from pydantic import JsonValue

from bot.errors import GitError
from runners.build.step_records import (
    RecordType,
    UnreadableRecordError,
    argument_types,
    result_type,
)
from runners.build.story import StoryLostError


class AbortingSteps:
    """Base of a workflow whose first error stops the run: the main thread wakes and raises it."""

    def __init__(self) -> None:
        self.halted = threading.Event()
        self.error: BaseException | None = None
        self.woken = threading.Event()

    def abort_run(self, exc: BaseException) -> NoReturn:
        """Wake the main thread with what went wrong; nothing more is started."""
        if isinstance(exc, error.DBOSException | UnreadableRecordError):
            # It is about what was recorded, and would come back at each replay.
            exc = StoryLostError(f"its records cannot be replayed ({exc})")
        if self.error is None:
            self.error = exc
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
    """Make a method a durable step, recorded as JSON, whose errors stop the run.

    A recorded exception would come back at every replay. A full disk or a bug must not: the step
    stays undone, its thread waits for the end of the process, and the next run does it again. What
    it returned is read from its record the first time as well, so that a replay sees the same.
    https://docs.dbos.dev/explanations/how-workflows-work
    """
    recorded: RecordType[R] = result_type(work)

    @functools.wraps(work)
    def guarded(self: S, /, *args: P.args, **kwargs: P.kwargs) -> JsonValue:
        if self.halted.is_set():
            self.wait_for_exit()
        try:
            done = recorded.write(_do_twice_at_most(self, work, *args, **kwargs))
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
    step = DBOS.step(name=work.__name__)(guarded)

    @functools.wraps(work)
    def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        plain: JsonValue = step(self, *args, **kwargs)
        return recorded.read(plain)

    return call


def _do_twice_at_most(
    self: S, work: Callable[Concatenate[S, P], R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Do a step once more where git failed: its garbage collection removes what is new and unnamed.

    A step may be done twice in any case, since a kill may come before it is recorded.
    https://git-scm.com/docs/git-gc#_notes
    """
    try:
        return work(self, *args, **kwargs)
    except GitError:
        if self.halted.is_set():
            self.wait_for_exit()
    return work(self, *args, **kwargs)


def durable_workflow(
    work: Callable[Concatenate[S, P], R],
) -> Callable[Concatenate[S, P], R]:
    """Make a method a workflow that `start_workflow` starts: its arguments and result are JSON.

    Errors between its steps, in reporting or storing a state, stop the run too.
    """
    result, arguments = result_type(work), argument_types(work)

    @functools.wraps(work)
    def guarded(self: S, /, *args: JsonValue) -> JsonValue:
        try:
            read = [kind.read(plain) for kind, plain in zip(arguments, args, strict=True)]
            return result.write(work(self, *read))  # type: ignore[call-arg]
        except BaseException as exc:  # noqa: BLE001  # as in a step
            self.abort_run(exc)

    # Without None, DBOS gives up a workflow that was recovered a hundred times, and a job may be
    # killed more often than that: https://docs.dbos.dev/python/reference/decorators
    return DBOS.workflow(max_recovery_attempts=None)(guarded)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class StartedWorkflow(Generic[R]):
    """A workflow that was started or taken up."""

    handle: WorkflowHandle[JsonValue]
    result: RecordType[R]

    def get_result(self) -> R:
        """Wait for it. DBOS polls for one that its recovery took up, by default once a second."""
        return self.result.read(self.handle.get_result(polling_interval_sec=0.05))


def start_workflow(
    work: Callable[P, R], /, *args: P.args, **_kwargs: P.kwargs
) -> StartedWorkflow[R]:
    """Start a durable workflow; positional arguments only."""
    plain = [kind.write(arg) for kind, arg in zip(argument_types(work), args, strict=True)]
    handle: WorkflowHandle[JsonValue] = DBOS.start_workflow(work, *plain)  # type: ignore[arg-type,call-arg]
    return StartedWorkflow(handle, result_type(work))
