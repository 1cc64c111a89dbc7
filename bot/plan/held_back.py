"""Rules for tests that are held back: those which no model that writes code is ever shown."""

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from bot.errors import Fault
from bot.plan.keys import MAX_HELD_BACK
from bot.plan.model import Job, Task
from bot.plan.paths import path_fault
from bot.plan.task_graph import planned_paths, written_paths
from bot.plan.validate_paths import Tracked, name_task
from bot.text.invisible import make_printable

_WHOLE = "Give the tests whole, as `file=PATH` blocks: nobody else may write them."
_ALONE = "It is laid on for the final gate alone: leave those keys out."
_RULES: dict[Callable[[Task], bool], tuple[str, str]] = {
    lambda task: not task.blocks or any(block.kind != "file" for block in task.blocks): (
        "is held back and has other than whole files",
        _WHOLE,
    ),
    lambda task: not any(check.kind == "run" for check in task.checks): (
        "is held back and has no check that is run",
        "Add `- check: NAME PATH`.",
    ),
    lambda task: bool(task.file or task.reads or task.after or task.kind == "query"): (
        "is held back and has `kind`, `file`, `reads` or `after`",
        _ALONE,
    ),
    lambda task: task.bites or bool(task.waiver) or task.guard or task.carry: (
        "is held back and has `bites`, `guard` or `carry`",
        _ALONE,
    ),
}


def find_held_back_faults(job: Job, tracked: Tracked) -> Iterator[Fault]:
    """What is held back is new, whole, and written by nothing else of the plan."""
    written = planned_paths(job)
    if sum(len(task.blocks) for task in job.hidden) > MAX_HELD_BACK:
        what = f"more than {MAX_HELD_BACK} files are held back"
        yield Fault(job.hidden[0].line, what, "Hold back fewer.")
        return
    for task in job.hidden:
        for rule, (what, hint) in _RULES.items():
            if rule(task):
                yield Fault(task.line, f"{name_task(task)} {what}", hint)
        for path in sorted(written_paths(task)):
            name = make_printable(path)
            if path_fault(path):
                continue  # reported by `validate`; the repository is never asked for such a path
            if path in written:
                what = f"{name_task(task)} holds back {name}, which another task writes"
                yield Fault(task.line, what, "Give it a path of its own.")
            elif tracked(path) is not None:
                what = f"{name_task(task)} holds back {name}, which is in the repository"
                yield Fault(task.line, what, "Give it a path that is not there yet.")
            elif above := _find_file_above(path, tracked):
                what = f"{name_task(task)}: {name} leads through {make_printable(above)}, a file"
                yield Fault(task.line, what, "Name a path whose folders are folders.")


def _find_file_above(path: str, tracked: Tracked) -> str:
    folders = (str(each) for each in list(PurePosixPath(path).parents)[:-1])
    return next((folder for folder in folders if tracked(folder) not in {None, "dir"}), "")
