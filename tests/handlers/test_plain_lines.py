import pytest

from handlers.plain_lines import format_time
from handlers.show_logs import describe_line


@pytest.mark.parametrize("at", [1e308, -1e308, float("nan"), float("inf"), 10**400, "x", None])
def test_a_time_that_no_clock_tells_ends_no_command(at: object) -> None:
    """A journal may have been cut off, or written by a machine whose clock was wrong."""
    line = describe_line({"type": "progress", "at": at, "what": "task", "text": "done"})
    assert "done" in line
    if isinstance(at, float):
        assert format_time(at)
