"""What lines of `show` and `logs` say of odd rows."""

import pytest

from bot.ledger import LedgerRow
from bot.storage.history import RunAttempt
from handlers.plain_lines import format_time
from handlers.show_job import _ledger_lines
from handlers.show_logs import describe_line


@pytest.mark.parametrize("at", [1e308, -1e308, float("nan"), float("inf"), 10**400, "x", None])
def test_a_time_that_no_clock_tells_ends_no_command(at: object) -> None:
    """A journal may have been cut off, or written by a machine whose clock was wrong."""
    line = describe_line({"type": "progress", "at": at, "what": "task", "text": "done"})
    assert "done" in line
    if isinstance(at, float):
        assert format_time(at)


def test_what_planned_an_issue_is_told_beside_its_builds_and_once() -> None:
    """The planner is most of a job's cost, and works before any build."""
    built = LedgerRow("fix", 1, "local", "small", 10, 2)
    planned = LedgerRow("plan", 1, "planner", "frontier", 900, 80)
    attempts = [RunAttempt("j", 1, built)]
    lines = "\n".join(_ledger_lines(attempts, [planned, built]))
    assert lines.count("small") == 1
    assert lines.count("frontier") == 1
    assert lines.index("plan, reviews and questions") > lines.index("run 1")
    assert "frontier" in "\n".join(_ledger_lines([], [planned]))
