"""Trying the checks of a drafted plan where its tasks would start, while it can still be mended.

What a build would only find out, and then be blocked by, is a fault that the planner repairs: a
check that is green before anything was done, or one that cannot run as the plan names it.
"""

import functools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.approval.test_paths import holds_expectations
from bot.approval.unproved_plans import proves_itself, tests_earlier_work
from bot.config.repository import RepoConfig
from bot.errors import Fault, GitError
from bot.git.repo import Repo
from bot.git.write_tree import write_tree
from bot.machine_faults import find_machine_fault
from bot.plan import Check, Job, Task, format_check, path_fault, planned_paths, written_paths
from bot.plan.check_paths import check_path_fault
from bot.plan.validate_paths import name_task
from bot.text.invisible import make_printable
from runners.planning.check_results import CheckResult
from runners.planning.planned_files import Unknown, predict_files

RunCheck = Callable[[str, Check, Collection[str]], CheckResult]
"""How a check ends on a tree, for a task that may write these paths."""
MAX_DIGEST_CHARS = 300
GREEN_HINT = (
    "Give it a check that is red now and that this task turns green: put the failing test in a task"
    " of its own as an exact block, with `guard: yes`, and this one `after` it. Or write"
    " `guard: yes` here, where no test can show what changes."
)
TOOTHLESS_HINT = (
    "A test has to fail without what it tests: assert what is wrong now. Or write `guard: yes`"
    " where no test can show what changes."
)
UNABLE_HINT = (
    "Name a test that is there, or one that this task or a task it comes `after` writes; or the"
    " check without paths."
)


@dataclass(frozen=True, slots=True)
class DraftStart:
    """Where the tasks of a draft start. `lays_blocks`: exact blocks of a draft may be run, too.

    Only inside a sandbox: nobody has approved them yet.
    """

    repo: Repo
    base: str
    config: RepoConfig
    lays_blocks: bool = True


def find_check_faults(start: DraftStart, job: Job, run: RunCheck) -> list[Fault]:
    """The faults of tasks whose start is known: the base, and exact blocks that come before them.

    Only checks that the repository's config has are run.
    """
    trees = find_start_trees(start, job)
    root = start.repo.resolve_rev(start.base, "tree")
    found: list[Fault] = []
    for task in job.tasks:
        checks = [check for check in task.checks if _may_run(check, start.config)]
        if task.id in trees and task.kind == "code" and checks:
            tree = trees[task.id]
            results = [(each, run(tree, each, written_paths(task))) for each in checks]
            found += _find_unable(task, results, run, root)
            others = [each for each in task.checks if each not in checks]
            own = proves_itself(job, task, start.config)
            if all(_is_green_path(start.repo, tree, each) for each in others):
                green = list(_find_green(task, results))
                found += _find_toothless(start, job, task, run) if green and own else green
    return found


def _find_toothless(start: DraftStart, job: Job, task: Task, run: RunCheck) -> Iterator[Fault]:
    """Of a task that brings tests with what they are about: whether its tests alone are red."""
    tree = _find_tree_of_tests(start, job, task)
    checks = [check for check in task.checks if _may_run(check, start.config)] if tree else []
    if checks and all(run(tree, each, written_paths(task)).state == "green" for each in checks):
        shown = ", ".join(f"`{make_printable(format_check(check))}`" for check in checks)
        what = f"{name_task(task)}: {shown} is green before it, and with its tests alone as well"
        yield Fault(checks[0].line or task.line, what, TOOTHLESS_HINT)


def _find_tree_of_tests(start: DraftStart, job: Job, task: Task) -> str:
    """Where the task starts, with the tests that it brings; empty where that is not known.

    Of one that tests earlier work that is left out: its tests have to be red without it.
    """
    files = predict_files(job, functools.partial(start.repo.read_file, start.base))[task.id]
    tests = {path: files.after(path) for path in files.made if holds_expectations(path)}
    changed = sorted(files.changed)
    if tests_earlier_work(job, task):
        changed = [path for path in changed if holds_expectations(path)]
    laid = {path: files.before(path) for path in changed} | tests
    known = {path: body for path, body in laid.items() if not isinstance(body, Unknown)}
    if files.error or not tests or len(known) < len(laid) or not start.lays_blocks:
        return ""
    return _write_tree(start.repo, start.repo.resolve_rev(start.base, "tree"), known)


def _is_green_path(repo: Repo, tree: str, check: Check) -> bool:
    """Of `exists` and `absent`; any other check that is not run is not known to be green."""
    if check.kind == "run" or path_fault(check.paths[0]):
        return False
    return (repo.find_entry(tree, check.paths[0]) is not None) == (check.kind == "exists")


def _may_run(check: Check, config: RepoConfig) -> bool:
    return (
        check.kind == "run"
        and check.name in config.checks
        and not any(check_path_fault(word) for word in check.paths)
    )


def _find_unable(
    task: Task, results: Sequence[tuple[Check, CheckResult]], run: RunCheck, root: str
) -> Iterator[Fault]:
    for check, result in results:
        # A check that cannot run without paths either is the machine's affair, or setup's.
        if result.state == "unable" and check.paths:
            bare = run(root, Check("run", check.name), ())
            if bare.state in {"green", "red"}:
                yield _cannot_run(task, check, result)


def _find_green(task: Task, results: Sequence[tuple[Check, CheckResult]]) -> Iterator[Fault]:
    all_green = all(result.state == "green" for _, result in results)
    if all_green and not (task.guard or task.bites):
        yield _already_green(task, [check for check, _ in results], results[0][1])


def _already_green(task: Task, checks: Sequence[Check], result: CheckResult) -> Fault:
    shown = ", ".join(f"`{make_printable(format_check(check))}`" for check in checks)
    tests = f" ({result.tests} tests)" if result.tests else ""
    before = " once what it comes `after` is done" if task.after else ""
    what = f"{name_task(task)}: {shown} is green{before}, before it did anything{tests}"
    return Fault(checks[0].line or task.line, what, GREEN_HINT)


def _cannot_run(task: Task, check: Check, result: CheckResult) -> Fault:
    said = " ".join(result.digest.split())
    why = result.why + (f" ({make_printable(said, MAX_DIGEST_CHARS)})" if said else "")
    what = f"{name_task(task)}: `{make_printable(format_check(check))}` cannot run: {why}"
    return Fault(check.line or task.line, what, UNABLE_HINT)


def find_start_trees(start: DraftStart, job: Job) -> dict[str, str]:
    """By task the tree that it starts from, where no model writes anything before it."""
    if any(path_fault(path) for path in planned_paths(job)):
        return {}  # reported already, and git is never asked for such a path
    root, trees = start.repo.resolve_rev(start.base, "tree"), dict[str, str]()
    files = predict_files(job, functools.partial(start.repo.read_file, start.base))
    for name, found in files.items():
        laid = {path: found.before(path) for path in sorted(found.changed)}
        known = {path: body for path, body in laid.items() if not isinstance(body, Unknown)}
        if len(known) == len(laid) and (start.lays_blocks or not laid):
            trees[name] = _write_tree(start.repo, root, known)
    return {name: tree for name, tree in trees.items() if tree}


def _write_tree(repo: Repo, root: str, files: Mapping[str, bytes | None]) -> str:
    """Empty where git can have no such paths, which another rule says of the plan."""
    try:
        return write_tree(repo, root, files) if files else root
    except GitError as exc:
        if find_machine_fault(exc):
            raise
        return ""
