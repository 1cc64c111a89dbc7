"""Whether the tests that a plan brings bite: whether they fail without what the plan fixes.

One further run of a check for each task that brings tests. How a check ended on a tree is known
from then on, so the final gate seldom has to run one again.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.approval.new_tests import BroughtTests, find_brought_tests
from bot.approval.test_paths import holds_expectations
from bot.approval.unproved_plans import proves_itself, runs_tests
from bot.git.diff import compare_trees
from bot.git.repo import Repo
from bot.git.write_tree import overlay_paths
from bot.plan import Check, list_check_paths, written_paths
from runners.build.context import JobContext
from runners.build.lanes import OpenLane
from runners.build.task_run import TaskRun
from runners.checks.verdict import Verdict
from runners.progress import ProgressEvent

MAX_SINGLE_RUNS = 20
"""Files of tests that are run one by one; of more the whole check is run once."""
WAIVE = "say `bites: no: REASON` in its task where that is meant"


@dataclass(frozen=True, slots=True)
class NoBite:
    """`is_plan_fault`: no code was changed that the tests could fail without."""

    why: str
    is_plan_fault: bool = False


def find_no_bite(run: TaskRun, tree: str) -> NoBite | None:
    """Why the tests that a task brings prove nothing; None where they do, or none are brought.

    What nobody can tell is no failure: whether a test written before its fix bites shows once the
    fix is there, and what no check runs the final gate looks at.
    """
    context, task = run.context, run.task
    if task.guard or task.waiver or context.request.aim:
        return None
    checks = [check for check in task.checks if _runs_tests(context, check)]
    if not checks:
        return None
    if not find_brought_tests(context.repo, run.base_tree, tree):
        return _find_green_start(run)
    code = sorted(path for path in written_paths(task) if not holds_expectations(path))
    if code:
        without = overlay_paths(context.repo, tree, run.base.commit, code)
        what = f"without {', '.join(code)}"
    else:
        without = take_fix_away(context.repo, context.base, tree)
        what = "on the code as it was before the job"
    if without == tree:
        why = f"it brings tests, and nothing before it changes what they are about: {WAIVE}"
        return NoBite(why, is_plan_fault=True)
    verdicts = context.run_base_checks(checks, run.lane, without, ())
    red = next((each for each in verdicts if not each.passed), None)
    if red is None:
        return NoBite(f"the check also passes {what}: a test must fail there; or {WAIVE}")
    if not red.ran:
        text = f"whether its tests fail {what} cannot be told: {red.why}"
        context.report(ProgressEvent("check", text, task.id))
    return None


def _find_green_start(run: TaskRun) -> NoBite | None:
    """Of a task that was to bring its own proof, and brings none: whether anything else is one."""
    context, task = run.context, run.task
    if run.misfit is not None or not proves_itself(context.job, task, context.config):
        return None
    verdicts = context.run_base_checks(run.checks, run.lane, run.base_tree, written_paths(task))
    if not all(verdict.passed for verdict in verdicts):
        return None
    why = f"every check of {task.id} passes before anything is done, and it brings no new test"
    return NoBite(f"{why}: give it a check that is red, or `guard: yes`")


def take_fix_away(repo: Repo, base: str, tree: str) -> str:
    """`tree` with its tests, and what they compare with, on the code of `base`."""
    changed = (change.path for change in compare_trees(repo, base, tree))
    return overlay_paths(repo, tree, base, [p for p in changed if not holds_expectations(p)])


def find_unproved_tests(
    context: JobContext, lane: OpenLane, head: str, waived: Collection[str]
) -> tuple[str, ...]:
    """The files of tests that the job brings and that pass without its changes, each with why.

    `waived` are files whose tests need not fail. Of a round nothing is asked: what a reviewer or CI
    has it do may well be a test for what is there.
    """
    if context.request.aim or context.only:
        return ()
    repo = context.repo
    brought = [
        each for each in find_brought_tests(repo, context.base, head) if each.path not in waived
    ]
    if not brought:
        return ()
    tree = repo.resolve_rev(head, "tree")
    without = take_fix_away(repo, context.base, tree)
    if without == tree:
        return tuple(f"{each.path}: the job changes no code that it is about" for each in brought)
    return tuple(_find_green(context, lane, without, brought))


def _find_green(
    context: JobContext, lane: OpenLane, tree: str, brought: Sequence[BroughtTests]
) -> Iterator[str]:
    for each in brought:
        single = _find_single_check(context, each.path) if len(brought) <= MAX_SINGLE_RUNS else None
        checks = [single] if single else _list_whole_checks(context)
        verdicts = list(context.run_base_checks(checks, lane, tree, ()))
        unknown = next((v for v in verdicts if not v.ran), None)
        if unknown:
            text = f"{each.path}: whether it fails without the job's changes: {unknown.why}"
            context.report(ProgressEvent("check", text))
        elif verdicts and all(v.passed or _passes_in(v, each, whole=not single) for v in verdicts):
            yield f"{each.path}: {', '.join(v.check.label for v in verdicts)} passes without them"


def _passes_in(verdict: Verdict, brought: BroughtTests, *, whole: bool) -> bool:
    """Whether a red check says by name that these tests passed: then others made it red."""
    passed = verdict.passed_tests.names if whole and verdict.passed_tests else {}
    names = {name.rpartition(".")[2].rpartition("::")[2] for name in passed}
    return bool(brought.names) and all(n.rpartition(".")[2] in names for n in brought.names)


def _find_single_check(context: JobContext, path: str) -> Check | None:
    """A check that the plan gives files of this kind to, with this file alone."""
    suffix = PurePosixPath(path).suffix
    for check in _list_checks(context):
        given = [each.path for each in list_check_paths(check.paths)]
        if suffix and any(PurePosixPath(name).suffix == suffix for name in given):
            return Check("run", check.name, (path,))
    return None


def _list_whole_checks(context: JobContext) -> list[Check]:
    return [
        check for name in context.job.checks if _runs_tests(context, check := Check("run", name))
    ]


def _list_checks(context: JobContext) -> Iterable[Check]:
    tasks = context.job.tasks
    return (check for task in tasks for check in task.checks if _runs_tests(context, check))


def _runs_tests(context: JobContext, check: Check) -> bool:
    if check.kind != "run":
        return False
    return runs_tests(check.name, context.config.checks[check.name])
