"""Landing an epoch's tasks on the job's branch: in the plan's order, and only what goes together.

The branch moves by one step, past the checks of all: whatever ends a run in between, what stands
there is green together.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bot.commit_trailers import parse_trailers
from bot.failures import read_failures
from bot.plan import Check, format_check
from bot.plan.task_graph import find_ancestors
from runners.build.attempt import MAX_KEPT_FAILURES, distrust_lost_tests, find_landed_commits
from runners.build.branch import move_job_branch, require_ours
from runners.build.context import JOB_UNION, JobContext
from runners.build.epoch_order import find_order
from runners.build.lay_commits import LaidCommits, lay_commits
from runners.build.results import TaskResult
from runners.build.task_run import EpochStart, Landing, Misfit
from runners.build.tries import anchor_landing, hold_written
from runners.build.union import Culprit, Member, choose_union_checks, find_culprit, leave_out
from runners.checks.failure_digest import digest_failure, failure_key
from runners.checks.verdict import Verdict, explain_limit
from runners.evidence import list_written
from runners.progress import ProgressEvent


def begin_epoch(context: JobContext, tasks: tuple[str, ...]) -> EpochStart:
    """Where its tasks start: the branch's head, below those of them that have landed already."""
    head = require_ours(context)
    start = context.base
    for commit in context.log.read(head).commits:
        if parse_trailers(commit.message).get("Bricklayer-Task") not in tasks:
            start = commit.sha
    return find_order(context, EpochStart(start, tasks))


def land_together(context: JobContext, results: Sequence[TaskResult]) -> Landing:
    """Land what passed, of an epoch's results in the order in which they land.

    Asks git first: killed after the branch moved and before that was recorded, what has landed is
    found, not landed again.
    """
    head = require_ours(context)
    members = list_members(context, results, find_landed_commits(context))
    union = _Union(context, head, _merge_counts(results))
    laid = _lay_held(union, members)
    misfit = _find_moved(members, laid, head) or _find_misfit(union, members, laid)
    if misfit:
        return Landing(head, misfit=misfit)
    move_job_branch(context, laid.head, head)
    return Landing(laid.head, _name_commits(members, laid))


def _lay_held(union: "_Union", members: Sequence[Member]) -> LaidCommits:
    """Their checks may take long."""
    laid = LaidCommits(union.head)

    def lay() -> str:
        nonlocal laid
        laid = union.lay(members)
        return laid.head

    hold_written(lay, lambda head: anchor_landing(union.context, head))
    return laid


def list_members(
    context: JobContext, results: Sequence[TaskResult], landed: dict[str, str]
) -> tuple[Member, ...]:
    """Those that passed with a commit, the ones that have landed first."""
    before = find_over(context, results)
    passed = [result for result in results if result.passed and result.commits]
    turns = {result.task: result.turn for result in passed}
    members = []
    for result in passed:
        later = frozenset(name for name, names in before.items() if result.task in names)
        # What it comes after may have been done anew since it was judged.
        judged_on = {name for name in before[result.task] if turns.get(name, 0) <= result.turn}
        commits = (landed[result.task],) if result.task in landed else result.commits
        task = context.find_task(result.task)
        members.append(Member(task, commits, result.task in landed, later | judged_on, later))
    order = list(landed)
    done = sorted((m for m in members if m.is_landed), key=lambda m: order.index(m.id))
    return (*done, *(member for member in members if not member.is_landed))


def find_over(context: JobContext, results: Sequence[TaskResult]) -> dict[str, frozenset[str]]:
    """Every task's id with those of all tasks on whose work it was judged, or waits for."""
    return find_ancestors(context.job, {result.task: result.behind for result in results})


def may_land_at_once(context: JobContext, results: Sequence[TaskResult]) -> bool:
    """Whether each was judged on top of all before it, so that no check is needed to land them."""
    members = list_members(context, results, {})
    return bool(members) and not choose_union_checks(members)


@dataclass
class _Union:
    """Checks on what several tasks made, laid on the branch's head. Each is run once a tree."""

    context: JobContext
    head: str
    counts: dict[str, int]
    _red: dict[tuple[str, ...], bool] = field(default_factory=dict)

    def lay(self, members: Sequence[Member]) -> LaidCommits:
        return lay_commits(self.context, self.head, _list_commits(members))

    def run_checks(self, commit: str, checks: Sequence[Check]) -> list[Verdict]:
        """In the checks' order; commands run at once on as many lanes as are idle."""
        tree = self.context.repo.resolve_rev(commit, "tree")
        looks = [check for check in checks if check.kind != "run"]
        runs = [[check] for check in checks if check.kind == "run"]
        parts = [*([looks] if looks else []), *runs]
        lanes = min(len(parts), len(self.context.lanes.all))
        with ThreadPoolExecutor(max_workers=lanes) as pool:
            done = pool.map(lambda part: self._run_part(tree, part), parts)
            found = {verdict.check: verdict for part in done for verdict in part}
        return [found[check] for check in checks]

    def _run_part(self, tree: str, checks: Sequence[Check]) -> list[Verdict]:
        with self.context.lanes.take_lane() as lane:
            folder = self.context.checkout_tree(lane, tree)
            verdicts = [self.context.run_check(check, folder) for check in checks]
        return [distrust_lost_tests(verdict, self.counts) for verdict in verdicts]

    def asks(self, check: Check) -> Callable[[Sequence[Member]], bool]:
        """Whether the check is red on what some of the tasks made; without its task it is not."""

        def is_red(members: Sequence[Member]) -> bool:
            if not any(check in member.task.checks for member in members):
                return False
            key = (format_check(check), *(member.id for member in members))
            if key not in self._red:
                (verdict,) = self.run_checks(self.lay(members).head, [check])
                self._red[key] = not verdict.passed
            return self._red[key]

        return is_red


def _find_moved(members: Sequence[Member], laid: LaidCommits, head: str) -> Misfit | None:
    """A task whose files stand otherwise by now, since what it comes after was done anew."""
    if not laid.moved:
        return None
    new = [member for member in members if not member.is_landed for _ in member.commits]
    stuck = new[len(laid.commits)]
    why = f"{', '.join(laid.moved)} was written anew by what it comes after"
    return Misfit(stuck.id, why, head, _list_commits(leave_out(members, stuck)))


def _find_misfit(union: _Union, members: Sequence[Member], laid: LaidCommits) -> Misfit | None:
    checks = choose_union_checks(members)
    if not checks:
        return None
    context, names = union.context, ", ".join(member.id for member in members)
    verdicts = union.run_checks(laid.head, checks)
    _keep_union(context, verdicts)
    red = [verdict for verdict in verdicts if not verdict.passed]
    for told in red or verdicts[:1]:
        more = f" and {len(checks) - 1} more" if not red and len(checks) > 1 else ""
        text = f"{told.check.label}{more}: {names}, taken together"
        context.report(ProgressEvent("check", text, good=told.passed))
    for verdict in red:
        culprit = find_culprit(members, verdict.check, union.asks(verdict.check))
        if culprit:
            return _describe_misfit(culprit, verdict, union.head)
    return None


def _describe_misfit(culprit: Culprit, verdict: Verdict, head: str) -> Misfit:
    names = ", ".join(member.id for member in culprit.others)
    why = f"it does not go together with {names}: {explain_limit(verdict)}"
    return Misfit(
        culprit.member.id,
        f"{verdict.check.label}: {why}",
        head,
        _list_commits(culprit.others),
        verdict.check,
        digest=digest_failure(verdict.output) or verdict.why,
        failures=read_failures(verdict.output)[:MAX_KEPT_FAILURES],
        failing=verdict.failing,
        failure_key=failure_key(verdict.output) or verdict.why,
    )


def _list_commits(members: Sequence[Member]) -> tuple[str, ...]:
    return tuple(sha for member in members if not member.is_landed for sha in member.commits)


def _keep_union(context: JobContext, verdicts: Sequence[Verdict]) -> None:
    context.keep_checks(name_union(context.evidence_folder), verdicts)


def name_union(folder: Path) -> str:
    """A name under which nothing was written there: what is kept of a union is not written over."""
    names = (file.name.removeprefix(f"{JOB_UNION}-") for file in list_written(folder))
    numbers = (int(name) for name in names if name.isdecimal())
    return f"{JOB_UNION}-{max(numbers, default=0) + 1}"


def _merge_counts(results: Sequence[TaskResult]) -> dict[str, int]:
    """How many tests each check ran before, the most of what its tasks saw."""
    counts: dict[str, int] = {}
    for result in results:
        for name, count in result.test_counts.items():
            counts[name] = max(count, counts.get(name, 0))
    return counts


def _name_commits(members: Sequence[Member], laid: LaidCommits) -> dict[str, tuple[str, ...]]:
    new = iter(laid.commits)
    return {
        member.id: member.commits if member.is_landed else tuple(next(new) for _ in member.commits)
        for member in members
    }
