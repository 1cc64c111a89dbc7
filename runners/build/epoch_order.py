"""The order in which an epoch's tasks are built and land: the plan's, and what its checks add."""

import functools
from collections.abc import Sequence
from dataclasses import replace

from bot.plan import Check, Task, written_paths
from bot.plan.task_graph import find_ancestors
from runners.build.context import JobContext
from runners.build.shared_checks import (
    find_shared_checks,
    list_orders,
    order_by_red_checks,
    sort_behind,
)
from runners.build.task_run import EpochStart
from runners.progress import ProgressEvent


def find_order(context: JobContext, start: EpochStart) -> EpochStart:
    """The same with who is built after whom, as checks are red on its commit.

    Only a check that judges several tasks is run for that; each of them would run it there anyway.
    """
    tasks = [context.find_task(name) for name in start.tasks]
    over = find_ancestors(context.job)
    shared = find_shared_checks(tasks, over, context.config.checks)
    is_red = functools.cache(functools.partial(_is_red, context, start.commit, tasks))
    behind = order_by_red_checks(tasks, shared, is_red)
    for order in list_orders(shared, behind):
        text = f"it is built after {', '.join(order.before)}: {order.checks} is red and judges both"
        context.report(ProgressEvent("job", text, order.task))
    return replace(
        start,
        tasks=sort_behind(tasks, behind),
        behind=behind,
        new_paths={task.id: _list_new_paths(context, start.commit, task) for task in tasks},
    )


def _is_red(context: JobContext, commit: str, tasks: Sequence[Task], check: Check) -> bool:
    """Whether it says something about the code, and that is no good.

    Where it waits for a file that one of its tasks is to write, it says nothing of the others.
    """
    judged = [task for task in tasks if check in task.checks]
    makes = frozenset[str]().union(*map(written_paths, judged))
    tree = context.repo.resolve_rev(commit, "tree")
    with context.lanes.take_lane() as lane:
        (verdict,) = context.run_base_checks([check], lane, tree, makes)
    return verdict.ran and not verdict.passed and not verdict.awaits


def _list_new_paths(context: JobContext, commit: str, task: Task) -> tuple[str, ...]:
    paths = sorted(written_paths(task))
    return tuple(path for path in paths if context.repo.find_entry(commit, path) is None)
