"""Checks that cannot pass when their task ends: a later task makes what they look at."""

from collections.abc import Callable, Collection, Iterator, Mapping

from bot.errors import Fault, list_names
from bot.plan.check_paths import list_check_paths
from bot.plan.model import Check, Job
from bot.plan.paths import path_fault
from bot.plan.task_graph import find_ancestors, list_touches
from bot.text.invisible import make_printable

Touched = Mapping[str, bool]
"""The paths a task touches, and whether each is still there afterwards."""


def find_check_order_faults(job: Job, tracked: Callable[[str], str | None]) -> Iterator[Fault]:
    """A check of a file that is not there yet when its task ends, though the plan writes it.

    The same for `absent` and a file that is removed later. A path that no task touches is not
    judged: a command may run in another folder, or make the file itself.
    """
    over = find_ancestors(job)
    touched = {
        task.id: {touch.path: touch.how != "delete" for touch in list_touches(task)}
        for task in job.tasks
    }
    for task in job.tasks:
        past = {*over[task.id], task.id}
        for check in task.checks:
            for path, later in _find_early(check, past, touched, tracked):
                line = check.line or task.line_of("check")
                yield _fault(line, f"task `{make_printable(task.id)}`", check, path, later)
    past = set()
    for phase in job.phases:
        past |= {task.id for task in phase.tasks}
        # With further epochs, tasks that nobody has written yet may bring it about.
        for check in phase.done if phase.epochs == 1 else ():
            for path, later in _find_early(check, past, touched, tracked):
                where = f"phase `{make_printable(phase.title)}`"
                yield _fault(check.line or phase.line, where, check, path, later)


def _find_early(
    check: Check,
    past: Collection[str],
    touched: Mapping[str, Touched],
    tracked: Callable[[str], str | None],
) -> Iterator[tuple[str, list[str]]]:
    """Paths of the check that are not as it needs them, with the tasks that make them so later."""
    there = check.kind != "absent"
    words = list_check_paths(check.paths) if check.kind == "run" else ()
    for path in [each.path for each in words if each.path] or check.paths[: check.kind != "run"]:
        makers = [name for name, paths in touched.items() if _brings_about(paths, path, there)]
        # A path that is not well-formed is reported already, and git is never asked for one.
        if not makers or path_fault(path) or any(name in past for name in makers):
            continue
        if (tracked(path) is not None) != there:
            yield path, makers


def _brings_about(paths: Touched, path: str, there: bool) -> bool:  # the state
    """Whether a task writes, or removes, the file, or one in a folder of that name."""
    return any(
        is_there == there and (each == path or each.startswith(f"{path}/"))
        for each, is_there in paths.items()
    )


def _fault(line: int, where: str, check: Check, path: str, later: list[str]) -> Fault:
    how, first = "removes" if check.kind == "absent" else "writes", make_printable(later[0])
    what = f"{where}: its check names {make_printable(path)}, which only {list_names(later)} {how}"
    hint = (
        f"Nothing says that `{first}` is done before. Add `- after: {first}`, or if `{first}` comes"
        " after this, name a check here that passes without it."
    )
    return Fault(line, what, hint)
