"""The states of a job and of a task: a table of moves for each, and `advance_state` alone moves."""

from enum import StrEnum
from typing import TypeVar, overload


class TaskState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    PASSED = "passed"
    BLOCKED = "blocked"
    SKIPPED = "skipped"


class TaskEvent(StrEnum):
    """`interrupt`: the worker died. `skip`: what it waits for did not pass, or the job ended."""

    START = "start"
    PASS = "pass"  # noqa: S105  # an event, no password
    BLOCK = "block"
    SKIP = "skip"
    INTERRUPT = "interrupt"
    RETRY = "retry"


class JobState(StrEnum):
    """`blocked`: a person can fix it; `failed`: our fault."""

    PLANNED = "planned"
    PREFLIGHT = "preflight"
    BUILDING = "building"
    GATE = "gate"
    PASSED = "passed"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"
    FAILED = "failed"


class JobEvent(StrEnum):
    """`start` the run, `build` after preflight, `gate` after the last phase, `fail` is ours.

    `interrupt`: the process that built it is gone; the next one takes it up where it was.
    """

    START = "start"
    BUILD = "build"
    GATE = "gate"
    PASS = "pass"  # noqa: S105  # an event, no password
    BLOCK = "block"
    CANCEL = "cancel"
    FAIL = "fail"
    INTERRUPT = "interrupt"
    RETRY = "retry"


TASK_MOVES: dict[tuple[TaskState, TaskEvent], TaskState] = {
    (TaskState.WAITING, TaskEvent.START): TaskState.RUNNING,
    (TaskState.WAITING, TaskEvent.SKIP): TaskState.SKIPPED,
    (TaskState.RUNNING, TaskEvent.PASS): TaskState.PASSED,
    (TaskState.RUNNING, TaskEvent.BLOCK): TaskState.BLOCKED,
    (TaskState.RUNNING, TaskEvent.SKIP): TaskState.SKIPPED,
    (TaskState.RUNNING, TaskEvent.INTERRUPT): TaskState.WAITING,
    (TaskState.BLOCKED, TaskEvent.RETRY): TaskState.WAITING,
    (TaskState.SKIPPED, TaskEvent.RETRY): TaskState.WAITING,
}

JOB_MOVES: dict[tuple[JobState, JobEvent], JobState] = {
    (JobState.PLANNED, JobEvent.START): JobState.PREFLIGHT,
    (JobState.PLANNED, JobEvent.CANCEL): JobState.CANCELLED,
    (JobState.PLANNED, JobEvent.FAIL): JobState.FAILED,
    (JobState.PREFLIGHT, JobEvent.BUILD): JobState.BUILDING,
    # Killed between its end and the writing down of it, a story is over before it has begun again.
    (JobState.PREFLIGHT, JobEvent.PASS): JobState.PASSED,
    (JobState.PREFLIGHT, JobEvent.BLOCK): JobState.BLOCKED,
    (JobState.PREFLIGHT, JobEvent.CANCEL): JobState.CANCELLED,
    (JobState.PREFLIGHT, JobEvent.FAIL): JobState.FAILED,
    (JobState.BUILDING, JobEvent.GATE): JobState.GATE,
    (JobState.BUILDING, JobEvent.BLOCK): JobState.BLOCKED,
    (JobState.BUILDING, JobEvent.CANCEL): JobState.CANCELLED,
    (JobState.BUILDING, JobEvent.FAIL): JobState.FAILED,
    (JobState.GATE, JobEvent.PASS): JobState.PASSED,
    (JobState.GATE, JobEvent.BUILD): JobState.BUILDING,
    (JobState.GATE, JobEvent.BLOCK): JobState.BLOCKED,
    (JobState.GATE, JobEvent.CANCEL): JobState.CANCELLED,
    (JobState.GATE, JobEvent.FAIL): JobState.FAILED,
    (JobState.PREFLIGHT, JobEvent.INTERRUPT): JobState.PLANNED,
    (JobState.BUILDING, JobEvent.INTERRUPT): JobState.PLANNED,
    (JobState.GATE, JobEvent.INTERRUPT): JobState.PLANNED,
    (JobState.PASSED, JobEvent.RETRY): JobState.PLANNED,
    (JobState.BLOCKED, JobEvent.RETRY): JobState.PLANNED,
    (JobState.CANCELLED, JobEvent.RETRY): JobState.PLANNED,
    (JobState.FAILED, JobEvent.RETRY): JobState.PLANNED,
}

State = TypeVar("State", bound=StrEnum)
Event = TypeVar("Event", bound=StrEnum)


class IllegalMoveError(Exception):
    """Ours: something tried to move a job or a task along a line the table does not have."""


@overload
def advance_state(state: TaskState, event: TaskEvent) -> TaskState: ...
@overload
def advance_state(state: JobState, event: JobEvent) -> JobState: ...
def advance_state(state: TaskState | JobState, event: TaskEvent | JobEvent) -> TaskState | JobState:
    """Where `event` takes `state`. Raises IllegalMoveError for a move the table does not have."""
    if isinstance(state, TaskState) and isinstance(event, TaskEvent):
        return _look_up_move(TASK_MOVES, state, event)
    if isinstance(state, JobState) and isinstance(event, JobEvent):
        return _look_up_move(JOB_MOVES, state, event)
    raise IllegalMoveError(f"{type(event).__name__} moves no {type(state).__name__}")


def _look_up_move(moves: dict[tuple[State, Event], State], state: State, event: Event) -> State:
    if (state, event) not in moves:
        raise IllegalMoveError(f"{type(state).__name__} {state}: no {event} from here")
    return moves[state, event]


def is_settled(state: TaskState | JobState) -> bool:
    """Whether nothing but a person's retry moves it on."""
    return not any(
        begin is state and event != "retry" for begin, event in [*TASK_MOVES, *JOB_MOVES]
    )
