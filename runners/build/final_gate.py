"""What proves a phase, and the job as a whole: its checks on the branch's head."""

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bot.approval.changed_tests import list_removed_tests
from bot.plan import Check, Phase, format_check
from runners.build.attempt import distrust_lost_tests
from runners.build.bite_check import WAIVE, find_unproved_tests
from runners.build.branch import require_ours
from runners.build.context import JOB_GATE, JobContext
from runners.build.held_back import explain_held_back, find_red_held_back
from runners.build.lanes import OpenLane
from runners.build.proof_kept import find_dropped_tests
from runners.build.results import BaseCheck, JobResult, TaskResult
from runners.build.task_run import TestCounts
from runners.checks.failure_digest import digest_failure
from runners.checks.passed_tests import PassedTests, explain_lost_tests
from runners.checks.verdict import Verdict, explain_limit
from runners.progress import ProgressEvent


def check_phase(context: JobContext, lane: OpenLane, phase: Phase, test_counts: TestCounts) -> str:
    """Why the phase's `done` checks do not hold on the branch; empty where they do."""
    head = require_ours(context)
    return _first_red_check(context, lane, phase.done, head, f"phase {phase.title}", test_counts)


def run_final_gate(
    context: JobContext, lane: OpenLane, base: BaseCheck, results: Sequence[TaskResult] = ()
) -> JobResult:
    """Run the job's checks on a checkout of the branch head that nothing was in before.

    Then see that each test which the job brings fails without the rest of what it changed, unless
    its task in `results` was excused.
    """
    head = require_ours(context)
    # A lane's folder may have ignored files of earlier checks, caches and builds, that could help
    # this one to pass: https://git-scm.com/docs/gitignore
    with tempfile.TemporaryDirectory(prefix="gate-", dir=context.folder) as folder:
        clean = replace(lane, folder=Path(folder))
        checks = tuple(Check("run", name) for name in context.job.checks)
        passed: dict[str, PassedTests | None] = {}
        begun = time.monotonic()
        why = _first_red_check(
            context, clean, checks, head, "the final gate", base.test_counts, passed
        )
        seconds = time.monotonic() - begun
    waived = {path: reason for result in results for path, reason in result.waived.items()}
    why = why or _explain_unproved(context, lane, head, waived)
    held_back = () if why else find_red_held_back(context, lane, head)
    why = why or explain_held_back(held_back)
    lost = () if why else _find_lost_tests(context, head, base, passed)
    dropped = "" if why else find_dropped_tests(context.repo, context.base, head, results)
    if dropped:
        lost = (*lost, dropped)
        context.report(ProgressEvent("check", dropped, good=False))
    told = tuple(f"{path}: its tests need not fail: {why}" for path, why in sorted(waived.items()))
    return JobResult(
        passed=not why,
        why=why,
        head=head,
        branch=context.branch,
        lost_tests=lost,
        waived=told,
        held_back=held_back,
        gate_seconds=seconds,
    )


def _explain_unproved(
    context: JobContext, lane: OpenLane, head: str, waived: Mapping[str, str]
) -> str:
    """Why what the job's own tests say is no proof; empty where each fails without its changes."""
    unproved = find_unproved_tests(context, lane, head, waived)
    for why in unproved:
        context.report(ProgressEvent("check", why, good=False))
    if not unproved:
        return ""
    listed = "\n".join(unproved)
    return f"the final gate: tests that prove nothing; {WAIVE}:\n{listed}"


def _find_lost_tests(
    context: JobContext, head: str, base: BaseCheck, passed: Mapping[str, PassedTests | None]
) -> tuple[str, ...]:
    """Why fewer tests are proven to pass than on the base; a person is asked about these."""
    if all(not before for before in base.passed_tests.values()):
        return ()
    removed = list_removed_tests(context.repo, context.base, head)
    lost = []
    for name, before in base.passed_tests.items():
        if name in passed and (why := explain_lost_tests(before, passed[name], removed)):
            lost.append(f"{name}: {why}")
            context.report(ProgressEvent("check", lost[-1], good=False))
    return tuple(lost)


def _first_red_check(  # noqa: PLR0913, PLR0917  # which checks, on what, against what was counted
    context: JobContext,
    lane: OpenLane,
    checks: tuple[Check, ...],
    commit: str,
    where: str,
    test_counts: TestCounts,
    passed: dict[str, PassedTests | None] | None = None,
) -> str:
    """Why a check does not pass, empty where all do; what passed is put into `passed`."""
    folder = context.checkout_tree(lane, commit)
    verdicts: list[Verdict] = []
    for check in checks:
        verdict = distrust_lost_tests(context.run_check(check, folder), test_counts)
        if passed is not None:
            verdicts.append(verdict)
            context.keep_checks(JOB_GATE, verdicts)
            passed[format_check(check)] = verdict.passed_tests
        context.report(ProgressEvent("check", f"{check.label}: {where}", good=verdict.passed))
        if not verdict.passed:
            digest = digest_failure(verdict.output, tokens=300)
            return f"{where}: {check.label}: {explain_limit(verdict)}\n{digest}"
    return ""
