"""What the planner planned anew by itself is told once, with its cost, and is no task."""

from bot.ledger import LedgerRow
from bot.ticket.planned_anew import describe_planned_anew
from bot.ticket.progress import EndedTask, Progress
from bot.ticket.status_tables import fold_tasks

DONE = EndedTask("fix", "passed")
REPLACED = EndedTask("old", "skipped", "replaced by new, more: plan fault: **@mona** <b>\nlog")
ASKED = EndedTask("replan 1", "passed", "planned anew: new, more")
ROW = LedgerRow("replan 1", 1, "planner", "m", 1000, 200, 0, 1.0, "passed", cost=0.5)


def test_which_tasks_took_whose_place_why_and_for_how_much() -> None:
    """Anybody's words in it are text; a plan that was never planned anew is not spoken of."""
    rows = (ROW, LedgerRow("fix", 1, "local", "m", 7, 7, 0, 1.0, "passed"))
    told = describe_planned_anew(Progress(tasks=(DONE, REPLACED, ASKED), rows=rows))
    assert "**Planned anew once** by the planner" in told
    assert "(1,200 tokens, cost 0.5000):" in told
    assert "- `old` became `new`, `more`: plan fault: " in told
    assert "@mona" not in told
    assert "<b>" not in told
    assert "log" not in told
    assert describe_planned_anew(Progress(tasks=(DONE,), rows=rows)) == ""


def test_a_planner_that_wrote_nothing_has_planned_nothing_anew() -> None:
    blocked = EndedTask("replan 1", "blocked", "refused 3 times")
    assert describe_planned_anew(Progress(tasks=(blocked,), rows=(ROW,))) == ""


def test_its_call_is_counted_as_no_task() -> None:
    """Nor is one that others took the place of a task to do."""
    tasks = (DONE, REPLACED, EndedTask("new", "passed"), ASKED, EndedTask("epoch 1.2", "passed"))
    table = fold_tasks(Progress(tasks=tasks, rows=(ROW,)), ())
    assert "Tasks: 2 of 2 passed, 1 replaced" in table
    assert "| `old` | replaced |" in table
    assert "replan" not in table
    assert "epoch" not in table
