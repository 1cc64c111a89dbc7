"""What a plan that is written anew has to keep of the proof that the plan before it gave.

Who approved that plan approved what it proves: its checks, and its tests, the red ones most of all.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from bot.approval.changed_tests import list_removed_tests
from bot.approval.new_tests import find_brought_tests
from bot.approval.scan_tests import read_tests
from bot.approval.test_paths import is_test_path
from bot.errors import Fault, list_names
from bot.git.repo import Repo
from bot.plan import Check, Job, Task, format_check, planned_paths
from bot.plan.check_paths import covers_words
from bot.plan.task_graph import list_touches
from bot.text.invisible import make_printable
from runners.build.replan import FRAME_LINES
from runners.build.results import TaskResult
from runners.planning.planned_files import predict_files

Left = Sequence[tuple[Task, TaskResult]]
"""Tasks that are not done, with how they ended."""


def find_lost_checks(job: Job, left: Left) -> Iterator[Fault]:
    """What proved a task of the plan has to prove what is done in its place."""
    for old, result in left:
        for check in old.checks if not result.cannot_run else ():
            if check.kind != "run" and result.plan_fault and not _is_written(check.paths[0], job):
                continue  # the path itself may have been the fault
            kept = [new for new in job.tasks if any(_keeps(each, check) for each in new.checks)]
            must_bite = old.bites and not result.plan_fault and check.kind == "run"
            if not (any(new.bites for new in kept) if must_bite else kept):
                bites = " with `bites: yes`" if must_bite else ""
                what = f"no task has the check `{make_printable(format_check(check))}`{bites}"
                old_id = make_printable(old.id)
                hint = f"It proves `{old_id}` in the plan: give it to the task that does its work."
                yield Fault(FRAME_LINES + 1, what, hint)


def find_new_waivers(job: Job, left: Left) -> Iterator[Fault]:
    """Whoever approved the plan did not approve that tests need not fail without its fix."""
    if any(old.waiver for old, _ in left):
        return
    for task in job.tasks:
        if task.waiver:
            what = f"`{make_printable(task.id)}` has `bites: no`, which no task of the plan had"
            hint = "Leave the line out: its tests have to fail without what is mended."
            yield Fault(task.line_of("bites"), what, hint)


def find_removed_tests(
    job: Job, former: Job, read: Callable[[str], bytes | None]
) -> Iterator[Fault]:
    """Tests that are there, by `read`, and that the tasks of `job` would take away.

    A check that was red could end well without them. What the former plan removed may go.
    """
    allowed = set(_list_removed_paths(former.tasks))
    for task in job.tasks:
        for path in sorted({*_list_removed_paths([task])} - allowed):
            if is_test_path(path) and read(path) is not None:
                yield _fault(task, f"removes {make_printable(path)}, a file of tests")
    files = predict_files(job, read)
    left = {path: body for each in files.values() for path, body in each.made.items()}
    names = {
        name
        for path, body in left.items()
        if isinstance(body, bytes)
        for name in read_tests(path, body).asserts
    }
    for path, body in sorted(left.items(), key=lambda each: each[0]):
        before = read(path)
        if isinstance(body, bytes) and before is not None and is_test_path(path):
            gone = read_tests(path, before).asserts.keys() - names
            writer = next(each.task for each in files.values() if path in each.made)
            if gone and path not in allowed:
                yield _fault(writer, f"takes {list_names(sorted(gone))} out of {path}")


def find_dropped_tests(repo: Repo, base: str, head: str, results: Sequence[TaskResult]) -> str:
    """Which tests the job itself brought and then lost, once some of it was planned anew."""
    if not any(result.replaced for result in results):
        return ""
    lost: set[str] = set()
    for commit in (result.commit for result in results if result.commit):
        brought = {name for each in find_brought_tests(repo, base, commit) for name in each.names}
        lost |= brought & list_removed_tests(repo, commit, head)
    return f"tests that the job brought are gone again: {list_names(sorted(lost))}" if lost else ""


def _list_removed_paths(tasks: Iterable[Task]) -> Iterator[str]:
    for task in tasks:
        yield from (touch.path for touch in list_touches(task) if touch.how == "delete")
        yield from (check.paths[0] for check in task.checks if check.kind == "absent")


def _fault(task: Task, what: str) -> Fault:
    hint = "Tests that are there stay, a red one most of all: mend the code that they are about."
    return Fault(task.line, f"`{make_printable(task.id)}` {what}", hint)


def _is_written(path: str, job: Job) -> bool:
    return any(each == path or each.startswith(f"{path}/") for each in planned_paths(job))


def _keeps(new: Check, old: Check) -> bool:
    if (new.kind, new.name) != (old.kind, old.name):
        return False
    return new.paths == old.paths if old.kind != "run" else covers_words(new.paths, old.paths)
