"""Preflight: running the checks before any attempt, to find plans whose checks prove nothing."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from bot.approval.test_paths import is_test_path
from bot.approval.unproved_plans import proves_itself
from bot.errors import UserError
from bot.failures import read_failures
from bot.plan import Check, format_check, list_check_paths, written_paths
from runners.build.attempt import MAX_KEPT_FAILURES, find_landed_commits
from runners.build.context import JOB_BASE, JobContext
from runners.build.kept_tasks import find_passed_here, keep_commit
from runners.build.lanes import OpenLane
from runners.build.lay_commits import lay_commits
from runners.build.results import BaseCheck
from runners.build.strikes import explain_strikes
from runners.build.task_run import TaskBase, TaskRun
from runners.build.tries import anchor_start, hold_written
from runners.checks.failure_digest import digest_failure
from runners.checks.setup_doubts import Doubt, find_doubt
from runners.checks.test_selection import TEST_CONFIG_FILES, found_no_test, may_bring_tests
from runners.checks.verdict import Verdict, explain_limit
from runners.progress import ProgressEvent

TOLD_LINES, TOLD_CHARACTERS = 5, 240
"""Of what a check printed on the base: its evidence has all of it."""
# Where Python projects name the packages they need; those of [setup] are added.
# https://packaging.python.org/en/latest/guides/writing-pyproject-toml/
PACKAGE_FILES = frozenset({"pyproject.toml", "setup.py", "setup.cfg", "requirements.txt"})


def check_job_base(context: JobContext, lane: OpenLane) -> BaseCheck:
    """Run the job's checks on the base: any colour will do, but each must be able to run."""
    tree, test_counts, passed = context.repo.resolve_rev(context.base, "tree"), {}, {}
    verdicts: list[Verdict] = []
    checks, makes = [Check("run", name) for name in context.job.checks], _all_writes(context)
    for verdict in context.run_base_checks(checks, lane, tree, makes):
        check, name = verdict.check, verdict.check.name
        verdicts.append(verdict)
        context.keep_checks(JOB_BASE, verdicts)
        unable = _why_unable(context, verdict)
        doubt = find_doubt(verdict, makes)
        if not unable and not _may_grow(context):
            unable = _why_no_tests(context, context.base, verdict, makes)
            unable = unable or (doubt.what if doubt and doubt.sure else "")
        _tell_base(context, name, verdict, unable, doubt)
        if unable:
            return BaseCheck(_cannot_run(f"the job's check {name}", unable, verdict))
        test_counts[format_check(check)] = verdict.tests or 0
        passed[format_check(check)] = verdict.passed_tests
    return BaseCheck(test_counts=test_counts, passed_tests=passed)


def _tell_base(
    context: JobContext, name: str, verdict: Verdict, unable: str, doubt: Doubt | None
) -> None:
    """The final gate must pass at the end; on the base a red check is what many jobs begin with.

    So it is no fault, and no good sign either: a person sees why it is red, and what looks like the
    setup's doing.
    """
    if verdict.passed and not unable:
        context.report(ProgressEvent("check", f"{name} passes on the base", good=True))
        return
    lines = [line for line in digest_failure(verdict.output).splitlines() if line.strip()]
    detail = "\n".join(map(_shorten_line, lines[:TOLD_LINES]))
    if unable:
        text = f"{name} cannot run on the base: {unable}"
        context.report(ProgressEvent("check", text, good=False, detail=detail))
        return
    text = f"{name} is red on the base: {explain_limit(verdict)}"
    if doubt:
        text = f"{text}. Look at how it is run: {doubt.what}"
    context.report(ProgressEvent("check", text, detail=detail))


def _shorten_line(line: str) -> str:
    return line if len(line) <= TOLD_CHARACTERS else f"{line[: TOLD_CHARACTERS - 2]} …"


def check_task_base(run: TaskRun) -> TaskBase:
    """Pin the task's base and run its checks there, before any attempt."""
    context, task = run.context, run.task
    context.report(ProgressEvent("task", task.file or task.kind, task.id))
    if run.misfit is None and (sha := find_landed_commits(context).get(task.id)):
        return TaskBase(sha, landed_commit=sha)
    start = _make_start(run)
    if run.misfit is None and (sha := find_passed_here(run, start)):
        return TaskBase(start, landed_commit=sha)
    base = _check_task_base(run, start)
    if run.misfit is None and (sha := keep_commit(run, base)):
        return TaskBase(start, landed_commit=sha)
    return base


def _make_start(run: TaskRun) -> str:
    """The commit that the task starts from: what it waits for, laid on where its epoch started."""

    def hold(head: str) -> None:
        if head != run.onto and head not in run.before:
            anchor_start(run.context, run.task.id, head)

    return hold_written(lambda: _lay_start(run), hold)


def _lay_start(run: TaskRun) -> str:
    context = run.context
    laid = lay_commits(context, run.onto, run.before)
    if laid.moved:
        # The plan's rules keep tasks from it that know nothing of each other.
        where = ", ".join(laid.moved)
        raise UserError(
            f"what {run.task.id} comes after does not fit together: {where}",
            where=context.branch,
            hint="Start anew with --fresh.",
            comment_hint="Remove the label and set it again to begin anew.",
        )
    return laid.head


def _check_task_base(run: TaskRun, base: str) -> TaskBase:
    context, task = run.context, run.task
    # Exact blocks ask no model, so they are tried.
    struck = explain_strikes(run) if task.kind == "code" and not task.blocks else ""
    if struck:
        return TaskBase(base, fault=struck, struck=True)
    own, tree = written_paths(task), context.repo.resolve_rev(base, "tree")
    # A `bites` test is red only without the fix, which is on the branch already: see `judge_tree`.
    # So is that of a task whose work is done, but for how it goes together with others'.
    may_be_green = task.guard or task.bites or task.kind == "query" or run.misfit is not None
    # Of a round nobody asks whether its tests bite, so its check alone proves it.
    may_be_green |= proves_itself(context.job, task, context.config) and not context.request.aim
    verdicts: list[Verdict] = []
    test_counts = {}
    for verdict in context.run_base_checks(run.checks, run.lane, tree, own):
        verdicts.append(verdict)
        context.keep_checks(f"{task.id}-0", verdicts)
        planned = _why_awaited(verdict, own) or _why_no_tests(context, base, verdict, own)
        unable = _why_unable(context, verdict) or planned
        doubt = find_doubt(verdict, own)
        unable = unable or (doubt.what if doubt and doubt.sure else "")
        if unable:
            why = _cannot_run(f"the check of {task.id}", unable, verdict)
            # The command is one of the repository's: what the plan gives it may be what it lacks.
            by_plan = bool(planned or (verdict.check.paths and not (verdict.missing or doubt)))
            return TaskBase(base, fault=why, by_plan=by_plan, cannot_run=True)
        test_counts[format_check(verdict.check)] = verdict.tests or 0
    failed = [verdict for verdict in verdicts if not verdict.passed]
    if not (failed or may_be_green):
        why = f"plan fault: every check of {task.id} passes before anything is done"
        if run.behind:
            why = f"{why} for it, once {', '.join(run.behind)} passed"
        hint = "give it a check that is red, or `guard: yes`"
        if task.after and all(map(is_test_path, own)):
            hint = "say `bites: yes`, as its test comes after what it tests"
        return TaskBase(base, fault=f"{why}; {hint}", by_plan=True)
    return replace(describe_base(base, failed), test_counts=test_counts)


def describe_base(commit: str, failed: Sequence[Verdict]) -> TaskBase:
    """A task's base by the checks that fail there: the first that printed something is told."""
    red = next((each for each in failed if each.output), None)
    if red is None:
        return TaskBase(commit)
    failures = read_failures(red.output)[:MAX_KEPT_FAILURES]
    return TaskBase(
        commit, digest=digest_failure(red.output), failures=failures, failing=red.failing
    )


def _why_unable(context: JobContext, verdict: Verdict) -> str:
    """Why the check says nothing about the code; empty where it does."""
    if not verdict.ran:
        return verdict.why
    if verdict.missing and not _is_planned(context, verdict):
        return f"Python has no module {verdict.missing}: [setup] must install it"
    return ""


def _why_no_tests(context: JobContext, base: str, verdict: Verdict, makes: Collection[str]) -> str:
    """Why the check proves nothing: it ran no test, and no file that will be written adds one."""
    check = verdict.check
    if check.kind != "run" or not makes or not found_no_test(verdict):
        return ""
    paths = {each.path for each in list_check_paths(check.paths) if each.path in makes}
    found = (context.repo.read_file(base, name) or b"" for name in TEST_CONFIG_FILES)
    configs = "\n".join(raw.decode(errors="replace") for raw in found)
    if paths or may_bring_tests(makes, context.config.checks[check.name], configs):
        return ""
    hint = "write the tests in the task, or in one that it comes `after`"
    return f"no test was collected, and {', '.join(sorted(makes))} will bring none: {hint}"


def _why_awaited(verdict: Verdict, own: Collection[str]) -> str:
    """Why no edit of the task can make the check pass: what it names is for others to write."""
    path = verdict.awaits
    if not path or any(each == path or each.startswith(f"{path}/") for each in own):
        return ""
    return f"{path}, which it names, is not there, and this task does not write it"


def _may_grow(context: JobContext) -> bool:
    """Whether further epochs may add tasks."""
    return any(phase.epochs > 1 for phase in context.job.phases)


def _is_planned(context: JobContext, verdict: Verdict) -> bool:
    """Whether the plan may supply the missing module: the module, its import, or the packages."""
    setup = context.config.setup
    packages = PACKAGE_FILES | set(setup.lock_files if setup else ())
    for path in map(PurePosixPath, _all_writes(context)):
        # Python names the first part of a dotted name that is missing:
        # https://docs.python.org/3.11/library/exceptions.html#ImportError
        if verdict.missing in (*path.parts, path.stem) or str(path) in packages:
            return True
        if f"/{verdict.importer}".endswith(f"/{path}"):
            return True
    return False


def _all_writes(context: JobContext) -> frozenset[str]:
    return frozenset[str]().union(*map(written_paths, context.job.tasks))


def _cannot_run(what: str, why: str, verdict: Verdict) -> str:
    tail = digest_failure(verdict.output, tokens=200)
    return f"plan fault: {what} cannot run: {why}" + (f"\n{tail}" if tail else "")
