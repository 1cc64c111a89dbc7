"""Tests of a plan that cannot fail without a fix, since nothing before them changes any code."""

from collections.abc import Iterator

from bot.approval.test_paths import holds_expectations, is_test_path
from bot.code import language_of
from bot.errors import Fault
from bot.plan import Job, Task, list_check_paths, written_paths
from bot.plan.task_graph import find_ancestors
from bot.plan.validate_paths import Tracked, name_task
from bot.text.invisible import make_printable

HINT = (
    "Have it come `after` the task whose work it tests; or before it, with `exists` as its only"
    " check; or say `bites: no: REASON` where it tests what is there already."
)

ALONE_HINT = (
    "Plan the code that they are about as well, or say `- bites: no: REASON` where they test what"
    " is there already; a new test without either ends the job at its final gate."
)


def find_unbiting_tests(job: Job, tracked: Tracked) -> Iterator[Fault]:
    """Tasks whose own new test is to pass, on code that the plan has not changed yet."""
    over = find_ancestors(job)
    code = {task.id for task in job.tasks if not all(map(holds_expectations, written_paths(task)))}
    for number, task in enumerate(job.tasks):
        # One that fails from where its phase begins goes on with what those above it made.
        before = {task.id, *over[task.id], *(above.id for above in job.tasks[:number])}
        if task.guard or task.bites or task.waiver or before & code:
            continue
        own = sorted(_list_named(task) & written_paths(task))
        new = [path for path in own if _is_new_test(path, tracked)]
        if new:
            what = f"{name_task(task)}: {make_printable(new[0])} tests code that no task before it"
            yield Fault(task.line_of("check"), f"{what} changes, so it would prove nothing", HINT)


def warn_of_tests_alone(job: Job) -> Iterator[Fault]:
    """Of a job that changes no code: the gate refuses each new test of it that has no reason."""
    code = [task for task in job.tasks if task.kind == "code"]
    tests = [task for task in code if any(map(is_test_path, written_paths(task)))]
    unsaid = [task for task in tests if not task.waiver]
    if unsaid and all(holds_expectations(p) for task in code for p in written_paths(task)):
        name = name_task(unsaid[0])
        what = f"the job changes tests alone, so a new test of {name} could not fail without it"
        yield Fault(unsaid[0].line, what, ALONE_HINT, may_pass=True)


def _list_named(task: Task) -> set[str]:
    runs = (check for check in task.checks if check.kind == "run")
    return {each.path for check in runs for each in list_check_paths(check.paths)}


def _is_new_test(path: str, tracked: Tracked) -> bool:
    return is_test_path(path) and bool(language_of(path)) and tracked(path) is None
