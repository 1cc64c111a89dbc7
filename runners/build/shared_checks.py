"""Tasks of a phase that are judged by one red check, and the order which follows from that.

Such a check is green only once all that it finds is mended. So of those whom it judges the later
cannot pass without the work of the earlier, whether the plan names that in `after` or not.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

from bot.approval.test_paths import is_test_path
from bot.config.repository import CheckCommand
from bot.plan import Check, Job, Phase, Task, sort_tasks, written_paths
from bot.plan.check_paths import covers_words
from bot.plan.task_graph import find_ancestors

Commands = Mapping[str, CheckCommand]


@dataclass(frozen=True, slots=True)
class SharedCheck:
    """Where both checks are red, `second` is built after `first`."""

    first: str
    second: str
    first_check: Check
    second_check: Check


def find_shared_checks(
    tasks: Sequence[Task], over: Mapping[str, Collection[str]], commands: Commands
) -> tuple[SharedCheck, ...]:
    """Of tasks that do not wait for each other anyway, in the plan's order.

    `over` are the tasks that are over before each starts.
    """
    return tuple(
        shared
        for one, two in combinations(tasks, 2)
        if one.id not in over[two.id] and two.id not in over[one.id]
        for shared in _compare(one, two, commands)
    )


def _compare(one: Task, two: Task, commands: Commands) -> Iterator[SharedCheck]:
    """Who has to keep a check green comes after who is to make it so.

    Else who is judged by more comes later; by as much, the plan's order counts.
    """
    if _keeps(one) and _keeps(two):
        return
    pairs = [
        (ours, theirs)
        for ours, theirs in product(one.checks, two.checks)
        if covers(ours, theirs, commands) or covers(theirs, ours, commands)
    ]
    # A test that is written for work before it is red for that work, however narrow its check is.
    is_wider = not (_writes_tests(two) or any(covers(b, a, commands) for a, b in pairs))
    swapped = is_wider if _keeps(one) == _keeps(two) else _keeps(one)
    for ours, theirs in pairs:
        if swapped:
            yield SharedCheck(two.id, one.id, theirs, ours)
        else:
            yield SharedCheck(one.id, two.id, ours, theirs)


def _keeps(task: Task) -> bool:
    """Whether its work is not what makes its checks green."""
    return task.guard or task.bites


def _writes_tests(task: Task) -> bool:
    return all(is_test_path(path) for path in written_paths(task))


def covers(wide: Check, narrow: Check, commands: Commands) -> bool:
    """Whether the first runs all that the second does: the same command, on paths that hold its."""
    if wide.kind != "run" or narrow.kind != "run" or commands[wide.name] != commands[narrow.name]:
        return False
    return covers_words(wide.paths, narrow.paths)


def order_by_red_checks(
    tasks: Sequence[Task], shared: Sequence[SharedCheck], is_red: Callable[[Check], bool]
) -> dict[str, tuple[str, ...]]:
    """Task id -> those that it is built after, beyond its `after`. There is never a circle."""
    behind: dict[str, tuple[str, ...]] = {}
    waits = {task.id: {*task.after} for task in tasks}
    for each in shared:
        if each.first in waits[each.second] or _reaches(waits, each.first, each.second):
            continue
        if is_red(each.second_check) and is_red(each.first_check):
            behind[each.second] = (*behind.get(each.second, ()), each.first)
            waits[each.second].add(each.first)
    return behind


def _reaches(waits: Mapping[str, Collection[str]], start: str, end: str) -> bool:
    """Whether `start` waits for `end`, however far back."""
    found, new = {start}, [start]
    while new:
        onward = [name for name in waits.get(new.pop(), ()) if name not in found]
        found.update(onward)
        new += onward
    return end in found


def sort_behind(tasks: Sequence[Task], behind: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The ids of the tasks, each behind all that it is built after; else in the given order."""
    waiting = tuple(replace(task, after=(*task.after, *behind.get(task.id, ()))) for task in tasks)
    return tuple(task.id for task in sort_tasks(Phase("", waiting)))


@dataclass(frozen=True, slots=True)
class RedOrder:
    """A task is built after those `before`, as its `checks` judge their work, too."""

    task: str
    before: tuple[str, ...]
    checks: str


def list_orders(
    shared: Sequence[SharedCheck], behind: Mapping[str, tuple[str, ...]]
) -> tuple[RedOrder, ...]:
    """One for each task that is built after others for a red check."""
    found = []
    for name, before in behind.items():
        labels = [s.second_check.label for s in shared if s.second == name and s.first in before]
        checks = ", ".join(f"`{label}`" for label in dict.fromkeys(labels))
        found.append(RedOrder(name, before, checks))
    return tuple(found)


def list_possible_orders(job: Job, commands: Commands) -> dict[str, RedOrder]:
    """By task, what a plan's checks add to its order if each is red where its phase begins."""
    over, found = find_ancestors(job), dict[str, RedOrder]()
    for phase in job.phases:
        tasks = sort_tasks(phase)
        shared = find_shared_checks(tasks, over, commands)
        behind = order_by_red_checks(tasks, shared, lambda _check: True)
        found |= {order.task: order for order in list_orders(shared, behind)}
    return found
