"""What is told of a plan that the planner wrote anew, by itself, while the job was built. Pure."""

from collections.abc import Iterator

from bot.ledger import LedgerRow
from bot.plan.planner_calls import REPLACED, is_planner_call, is_replan
from bot.text.escape import inline_text
from bot.text.listed import join_first, list_first
from bot.ticket.progress import EndedTask, Progress
from bot.ticket.shown_plan import inline_code

MAX_TOLD, MAX_NAMED, MAX_WHY_CHARACTERS = 10, 8, 300


def list_ended(progress: Progress) -> tuple[EndedTask, ...]:
    """The tasks alone, without the calls that wrote some of them."""
    return tuple(task for task in progress.tasks if not is_planner_call(task.id))


def is_replaced(task: EndedTask) -> bool:
    """Whether others do its work."""
    return task.state == "skipped" and task.why.startswith(REPLACED)


def describe_planned_anew(progress: Progress) -> str:
    """How often, what took whose place and why, what it cost; empty where nothing was."""
    asked = [task for task in progress.tasks if is_replan(task.id) and task.state == "passed"]
    if not asked:
        return ""
    rows = [row for row in progress.rows if is_replan(row.task)]
    times = "once" if len(asked) == 1 else f"{len(asked)} times"
    head = f"**Planned anew {times}** by the planner, as a fault of the plan was met{_cost(rows)}"
    replaced = list(_list_replaced(progress))
    return f"{head}:\n\n{list_first(replaced, MAX_TOLD)}" if replaced else f"{head}."


def _cost(rows: list[LedgerRow]) -> str:
    tokens, cost = sum(row.tokens for row in rows), sum(row.cost for row in rows)
    return f" ({tokens:,} tokens{f', cost {cost:.4f}' if cost else ''})" if tokens else ""


def _list_replaced(progress: Progress) -> Iterator[str]:
    for task in filter(is_replaced, progress.tasks):
        names, _, why = task.why.removeprefix(REPLACED).partition(": ")
        by = join_first(names.split(", "), MAX_NAMED, inline_code)
        reason = inline_text(why.strip().split("\n", 1)[0], MAX_WHY_CHARACTERS)
        yield f"{inline_code(task.id)} became {by}: {reason}"
