"""The tables of the status comment, folded away: how each task ended, and what it all cost."""

from collections.abc import Iterator, Sequence

from bot.ledger import LedgerRow
from bot.ledger_sums import compute_local_share, describe_kept, sum_by_tier
from bot.text.escape import inline_text
from bot.text.listed import list_first
from bot.ticket.planned_anew import is_replaced, list_ended
from bot.ticket.progress import EndedTask, Progress
from bot.ticket.shown_plan import ShownTask, name_task

FOLD_END = "</details>"
MAX_STARTS, MAX_START_CHARACTERS = 20, 400


def fold(summary: str, body: str) -> str:
    """A section that opens with a click. Markdown within HTML needs blank lines around it.

    https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/organizing-information-with-collapsed-sections
    """
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n{FOLD_END}" if body else ""


def fold_tasks(progress: Progress, plan: Sequence[ShownTask]) -> str:
    """Those that others took the place of stand in it, and are not counted as tasks to do."""
    ended = {task.id: task for task in list_ended(progress)}
    known = {task.id for task in plan}
    tasks = [*plan, *(ShownTask("", name) for name in ended if name not in known)]
    if not tasks:
        return ""
    passed = sum(1 for task in tasks if task.id in ended and ended[task.id].state == "passed")
    replaced = sum(1 for task in ended.values() if is_replaced(task))
    told = f", {replaced} replaced" if replaced else ""
    lines = [*_task_rows(progress, tasks), *_list_starts(progress)]
    return fold(f"Tasks: {passed} of {len(tasks) - replaced} passed{told}", "\n".join(lines))


def _list_starts(progress: Progress) -> Iterator[str]:
    """Who began tasks and why, where that followed from what was measured; the newest of each."""
    starts = {row.task: row.start for row in progress.rows if row.start}
    if starts:
        yield '\nWho began, by `tier = "auto"`:\n'
        yield list_first(list(starts.items()), MAX_STARTS, lambda each: _describe_start(*each))


def _describe_start(task: str, why: str) -> str:
    return f"{inline_text(task, 60)}: {inline_text(why, MAX_START_CHARACTERS)}"


def _task_rows(progress: Progress, tasks: Sequence[ShownTask]) -> Iterator[str]:
    ended = {task.id: task for task in progress.tasks}
    yield "| phase | task | state | tier | attempts | tokens |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for task in tasks:
        rows = [row for row in progress.rows if row.task == task.id]
        state = _name_state(ended.get(task.id))
        tier = rows[-1].tier if rows else ""
        tokens = f"{sum(row.tokens for row in rows):,}" if rows else ""
        cells = (inline_text(task.phase, 60), name_task(task), state, tier, len(rows) or "", tokens)
        yield f"| {' | '.join(map(str, cells))} |"


def _name_state(ended: EndedTask | None) -> str:
    if ended is None:
        return "waiting"
    return "replaced" if is_replaced(ended) else ended.state


def fold_ledger(progress: Progress) -> str:
    """By tier, once anything was built: before that the planner's calls are all there is."""
    if not progress.tasks or not progress.rows:
        return ""
    return fold(describe_cost(progress.rows).rstrip("."), "\n".join(render_ledger(progress.rows)))


def describe_cost(rows: Sequence[LedgerRow]) -> str:
    """In one sentence; what is nothing is left out."""
    tokens, cost = sum(row.tokens for row in rows), sum(row.cost for row in rows)
    parts = [f"{tokens:,} tokens"] if tokens else []
    share = compute_local_share(rows)
    parts += [f"{share:.0%} of them {describe_kept(rows)}"] if tokens and share else []
    parts += [f"cost {cost:.4f}"] if cost else []
    return f"Spent so far: {', '.join(parts)}." if parts else ""


def render_ledger(rows: Sequence[LedgerRow]) -> Iterator[str]:
    """What it cost, as a table by tier; nothing where nothing was spent."""
    if not rows:
        return
    yield "| tier | model | calls | tokens in | tokens out | seconds | cost |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for total in sum_by_tier(rows):
        yield f"| {' | '.join(inline_text(cell, 60) for cell in total.table_cells())} |"
