"""The whole table of moves, for tasks and for jobs."""

from collections import deque

import pytest

from bot.job_states import (
    JOB_MOVES,
    TASK_MOVES,
    IllegalMoveError,
    JobEvent,
    JobState,
    TaskEvent,
    TaskState,
    advance_state,
    is_settled,
)

TASKS = [(state, event) for state in TaskState for event in TaskEvent]
JOBS = [(state, event) for state in JobState for event in JobEvent]
TASK_SAYS = """
waiting start running, waiting skip skipped, running pass passed, running block blocked,
running skip skipped, running interrupt waiting, blocked retry waiting, skipped retry waiting
"""
JOB_SAYS = """
planned start preflight, planned cancel cancelled, planned fail failed, preflight build building,
preflight pass passed, preflight block blocked, preflight cancel cancelled, preflight fail failed, building gate gate,
building block blocked, building cancel cancelled, building fail failed, gate pass passed,
gate build building, gate block blocked, gate cancel cancelled, gate fail failed,
preflight interrupt planned, building interrupt planned, gate interrupt planned,
passed retry planned, blocked retry planned, cancelled retry planned, failed retry planned
"""


def said(table: str) -> dict[tuple[str, str], str]:
    rows = (row.split() for row in table.replace("\n", " ").split(","))
    return {(state, event): onward for state, event, onward in rows}


@pytest.mark.parametrize(("state", "event"), TASKS)
def test_every_task_move(state: TaskState, event: TaskEvent) -> None:
    """Each pair of state and event leads where the table says, or is refused."""
    onward = said(TASK_SAYS).get((state.value, event.value))
    if onward:
        assert advance_state(state, event) is TaskState(onward)
    else:
        with pytest.raises(IllegalMoveError, match=state.value):
            advance_state(state, event)


@pytest.mark.parametrize(("state", "event"), JOBS)
def test_every_job_move(state: JobState, event: JobEvent) -> None:
    """Each pair of state and event leads where the table says, or is refused."""
    onward = said(JOB_SAYS).get((state.value, event.value))
    if onward:
        assert advance_state(state, event) is JobState(onward)
    else:
        with pytest.raises(IllegalMoveError, match=state.value):
            advance_state(state, event)


def test_every_state_is_reached_and_only_a_person_leaves_passed() -> None:
    """From the first state every other can come; a passed job run again proves itself again."""
    for first, moves in ((TaskState.WAITING, TASK_MOVES), (JobState.PLANNED, JOB_MOVES)):
        seen, new = {first}, deque([first])
        while new:
            here = new.popleft()
            onward = {to for (begin, _), to in moves.items() if begin is here} - seen  # type: ignore[attr-defined]
            seen |= onward
            new += onward
        assert seen == set(type(first))
        assert {event.value for (begin, event) in moves if begin.value == "passed"} <= {"retry"}  # type: ignore[attr-defined]


def test_an_event_of_the_other_kind_is_refused() -> None:
    """A job's event with a task's word for it moves no task."""
    with pytest.raises(IllegalMoveError, match="JobEvent moves no TaskState"):
        advance_state(TaskState.WAITING, JobEvent.START)  # type: ignore[call-overload]


def test_settled_means_only_a_person_moves_it_on() -> None:
    """What the sweep must look after is exactly what is not settled."""
    assert {s.value for s in TaskState if not is_settled(s)} == {"waiting", "running"}
    assert {s.value for s in JobState if not is_settled(s)} == {
        "planned", "preflight", "building", "gate",
    }  # fmt: skip
