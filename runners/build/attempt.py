"""Applying one attempt's reply to a tree, and judging that tree by the task's checks."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import replace

from bot.commit_trailers import parse_trailers
from bot.config.repository import JobLimits
from bot.config.tiers import DoingTier
from bot.failures import read_failures
from bot.git.write_tree import overlay_paths
from bot.ledger import AttemptOutcome
from bot.plan import Task, format_check, written_paths
from runners.build.attempt_records import Attempt, AttemptResult, Spans, TierName
from runners.build.bite_check import NoBite, find_no_bite
from runners.build.context import JobContext
from runners.build.task_run import NO_TEST_COUNTS, TaskRun, TestCounts
from runners.checks.failure_digest import digest_failure, failure_key, shorten_output
from runners.checks.verdict import Verdict, explain_limit
from runners.edits import EditError, resolve_reply
from runners.edits.reply_end import CUT_OFF

WHOLE_FILE_FORMAT = "whole file"
KeepVerdict = Callable[[Verdict], None]
MAX_KEPT_FAILURES = 20
"""Failures of one check that are recorded: more of them than any prompt shows."""


def _forget(_verdict: Verdict) -> None:
    pass


def list_attempts(task: Task, limits: JobLimits, first: DoingTier = "local") -> Iterator[Attempt]:
    """The plan's exact blocks, the tier that is asked `first`, then the other one.

    A guard with nothing but blocks is somebody's exact code: no model puts other code in its place.
    """
    models: tuple[tuple[TierName, int], ...] = (
        ("local", limits.local_attempts),
        ("senior", limits.senior_attempts),
    )
    blocks: tuple[TierName, int] = ("manifest", 1 if task.blocks else 0)
    limits_by_tier = (blocks, *(models if first == "local" else reversed(models)))
    exact = task.guard and task.blocks and not task.text.strip()
    number = 0
    for tier, most in limits_by_tier[: 1 if exact else None]:
        for nth in range(most):
            number += 1
            yield Attempt(number, tier, nth)


def apply_reply(  # noqa: PLR0913 - what is known of the reply, each by its name
    run: TaskRun,
    start: str,
    text: str,
    spans: Spans = (),
    *,
    prompt: str = "",
    truncated: bool = False,
) -> dict[str, bytes | None]:
    """Apply a reply to `start`, a tree that differs from the task's base in its own files only.

    `spans` are the sections of the task's file that were shown, `prompt` is all that was.
    `truncated`: the reply reached its limit, so it must prove that it is whole. Raises EditError.
    """
    repo, task, own = run.context.repo, run.task, written_paths(run.task)
    default = task.file or (next(iter(own)) if len(own) == 1 else "")

    @functools.cache  # a reply may name the same path on every line
    def read(path: str) -> bytes | None:
        return repo.read_file(start, path)

    edits = resolve_reply(
        text,
        read,
        default=default,
        only=own,
        sections=spans,
        truncated=truncated,
        task_text=task.text,
        shown_tests=(prompt,),
    )
    # The result is laid over the task's base, so what `start` has of an earlier attempt is added.
    kept = {path: read(path) for path in own} if start != run.base_tree else {}
    return {**kept, **edits.files}


def check_tree(
    run: TaskRun, tree: str, test_counts: TestCounts = NO_TEST_COUNTS, keep: KeepVerdict = _forget
) -> Verdict | None:
    """Return the first of the task's checks that does not pass on `tree`, None where all do.

    `keep` is told of each that ran.
    """
    folder = run.context.checkout_tree(run.lane, tree)
    for check in run.checks:
        verdict = distrust_lost_tests(run.context.run_check(check, folder), test_counts)
        keep(verdict)
        if not verdict.passed:
            return verdict
    return None


def distrust_lost_tests(verdict: Verdict, test_counts: TestCounts) -> Verdict:
    """Fail a check that exits with 0 but reports no tests, where it reported some before.

    Code under test can end its process with any exit code, before a single test has run:
    https://docs.python.org/3.11/library/os.html#os._exit
    """
    before = test_counts.get(format_check(verdict.check), 0)
    if not (verdict.passed and before and verdict.tests is None):
        return verdict
    why = f"exit 0, but where it ran {before} tests before, it now reports none"
    return replace(verdict, passed=False, why=why)


def judge_tree(
    run: TaskRun, tree: str, files: tuple[str, ...], keep: KeepVerdict = _forget
) -> AttemptResult:
    """Run the task's checks on `tree`, out of every model's reach. Their exit codes decide."""
    # The first red check is enough, and its output is what the next prompt has room for.
    if red := check_tree(run, tree, run.base.test_counts, keep):
        outcome = AttemptOutcome.CHECK_FAILED if red.ran else AttemptOutcome.CHECK_CANNOT_RUN
        key = failure_key(red.output) or red.why
        failure = digest_failure(red.output) or red.why
        return AttemptResult(
            outcome,
            explain_limit(red),
            failure,
            read_failures(red.output)[:MAX_KEPT_FAILURES],
            failure_key=key,
            failing=red.failing,
            tree=tree,
            files=files,
        )
    if no_bite := _find_no_bite(run, tree):
        key, why = AttemptOutcome.NO_BITE, no_bite.why
        outcome = AttemptOutcome.PLAN_FAULT if no_bite.is_plan_fault else key
        return AttemptResult(outcome, why, why, failure_key=key, tree=tree, files=files)
    return AttemptResult(AttemptOutcome.PASSED, tree=tree, files=files)


def _find_no_bite(run: TaskRun, tree: str) -> NoBite | None:
    if not run.task.bites:
        return find_no_bite(run, tree)
    why = _explain_no_bite(run, tree)
    return NoBite(why) if why else None


def _explain_no_bite(run: TaskRun, tree: str) -> str:
    """Why a `bites` task's test proves nothing; empty where it fails without the fix."""
    verdicts = run.context.run_base_checks(run.checks, run.lane, _tree_before_fix(run, tree), ())
    red = next((verdict for verdict in verdicts if not verdict.passed), None)
    names = ", ".join(run.task.after)
    if red is None:
        return f"the check also passes on the code before {names}: a test must fail there"
    if not red.ran:
        return f"the check cannot run on the code before {names}: {red.why}"
    return ""


def _tree_before_fix(run: TaskRun, tree: str) -> str:
    """`tree` with the files of the tasks this one waits for as they were before those tasks."""
    context, task = run.context, run.task
    paths = {
        p for name in task.after for p in written_paths(context.find_task(name))
    } - written_paths(task)
    # What it waits for stands below the commit it starts from, whatever else has landed meanwhile.
    done = find_landed_commits(context, run.base.commit)
    made = {name: sha for name, sha in done.items() if name in task.after}
    # `^` is the first parent, the commit just before the task's own:
    # https://git-scm.com/docs/gitrevisions
    parents = [context.repo.resolve_rev(f"{sha}^") for sha in made.values()]
    earliest = parents[0] if parents else context.base
    return overlay_paths(context.repo, tree, earliest, sorted(paths))


def find_landed_commits(context: JobContext, head: str = "") -> dict[str, str]:
    """Task id -> commit, oldest first, of what this job has on its branch: git is the record.

    `head` is another commit to look back from; the branch's own where none is named.
    """
    head = head or context.repo.branch_head(context.branch) or context.base
    commits = context.log.read(head).commits
    # Trailers are part of the commit, so no database can disagree with them:
    # https://git-scm.com/docs/git-interpret-trailers
    ours = [commit for commit in commits if context.is_ours(commit.message)]
    return {parse_trailers(c.message).get("Bricklayer-Task", ""): c.sha for c in ours}


def refuse_edit(error: EditError, cut_at: int = 0, *, end_unknown: bool = False) -> AttemptResult:
    """`cut_at`: the reply reached its limit after so many tokens."""
    reason = error.reason
    if end_unknown and reason.startswith(CUT_OFF):
        reason = f"the server did not say how the reply ended{reason.removeprefix(CUT_OFF)}"
    if cut_at:
        reason = f"cut off at {cut_at:,} tokens: {reason.removeprefix(f'{CUT_OFF}: ')}"
    return AttemptResult(
        AttemptOutcome.CUT_OFF if cut_at else AttemptOutcome.EDIT_REFUSED,
        reason,
        reply_fault=shorten_output(f"{reason}\n{error.hint}".strip()),
        failure_key=failure_key(error.reason),
    )
