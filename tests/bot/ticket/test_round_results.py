"""Whether a round that did not pass goes on: only where each failure is answered where it was asked."""

import pytest
from support.tickets import ticket

from bot.job_states import TaskState
from bot.ticket.progress import EndedTask, Round
from bot.ticket.round_results import failed_where_asked
from bot.ticket.stages import Stage

HEAD = "---\ntitle: Rework\nchecks: [test]\n---\n## Phase: Rework 1\n\n"
TASK = "### Task: {}\n- file: bank.py\n- check: test\n\nDo it.\n\n"
GOOD, BAD, LEFT = TaskState.PASSED, TaskState.BLOCKED, TaskState.SKIPPED


@pytest.mark.parametrize(
    ("ends", "goes_on"),
    [
        ({"thread-1": BAD}, True),
        ({"thread-1": GOOD, "thread-2": BAD}, True),
        ({"suggestion-1": BAD, "thread-1": LEFT}, True),
        ({"request-5-1": BAD, "request-5-2": GOOD}, True),
        ({"thread-1": GOOD, "thread-2": GOOD}, False),
        ({"thread-1": LEFT}, False),
        ({"thread-1": BAD, "rename-all": BAD}, False),
        ({"mend-1": BAD}, False),
        ({"thread-1": BAD, "thread-2": None}, False),
    ],
)
def test_a_round_goes_on_where_only_single_wishes_failed(
    ends: dict[str, TaskState | None], goes_on: bool
) -> None:
    text = HEAD + "".join(TASK.format(name) for name in ends)
    tasks = tuple(EndedTask(name, state) for name, state in ends.items() if state)
    one = ticket(Stage.BUILDING, round=Round("rework", text, "1" * 40), tasks=tasks)
    assert failed_where_asked(one) is goes_on
