"""What is the matter with each check that is not green, by all that was read of it. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.github.types import CheckRun, Checks
from bot.ticket.counted_checks import Weight
from bot.ticket.job_report import JobReport
from bot.ticket.newest_checks import Check, State, list_newest

FindingKind = Literal[
    "running",
    "pending",
    "review",  # pending until the pull request is no draft, has its labels or its review
    "environment",
    "approval",
    "missing",  # required, and has not reported at all
    "asks",
    "cancelled",
    "stale",
    "unstarted",
    "no_log",
    "request",  # about the title, labels or commits of the pull request
    "shared",  # the base has the same failure
    "infrastructure",
    "account",
    "follows",  # fails only because another job of its workflow did
    "not_required",
    "code",
    "log",  # failed, and GitHub does not have its log yet
]
_BAD: frozenset[State] = frozenset({"failed", "no_log", "unstarted", "stale", "cancelled"})
_SAME: Mapping[State, FindingKind] = {
    "running": "running",
    "pending": "pending",
    "environment": "environment",
    "approval": "approval",
    "asks": "asks",
    "cancelled": "cancelled",
    "stale": "stale",
    "unstarted": "unstarted",
    "no_log": "no_log",
}
# What is pending because the pull request is a draft, or has no review or label yet, is so for as
# long as nothing is ready for review: https://github.com/wip/app,
# https://docs.prow.k8s.io/docs/components/core/tide/, https://docs.pullapprove.com
_WAITS_FOR_REVIEW = re.compile(
    r"\bdraft\b|work[ -]in[ -]progress|\bWIP\b|not mergeable|do not merge"
    r"|\bneeds? .{0,80}(?:label|approv|review|lgtm)"
    r"|\b(?:review|approval)s? (?:is |are )?(?:required|needed|pending)"
    r"|(?:waiting|awaiting) .{0,40}(?:review|approv)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that is in the way, or worth a word. `words` is what its maker or its log says."""

    kind: FindingKind
    name: str
    url: str = ""
    words: str = ""
    weight: Weight = "counted"
    run: CheckRun | None = None
    workflow: int = 0
    attempt: int = 1

    @property
    def is_required(self) -> bool:
        return self.weight == "required"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was read of the failures: the base's own checks, and reports of jobs by check run."""

    base: Checks
    reports: Mapping[int, JobReport] = field(default_factory=dict)


Weighed = tuple[Check, Weight]


def find_all(known: Sequence[Weighed], evidence: Evidence | None) -> tuple[Finding, ...]:
    """One for each check that is not green, as far as there is something to say of it."""
    base = {check.key: check for check in list_newest(evidence.base)} if evidence else {}
    reports = evidence.reports if evidence else {}
    found = [
        _as_finding(check, weight, _classify(check, base.get(check.key), reports))
        for check, weight in known
        if check.state != "good"
    ]
    found = [replace(one, kind=_demote(one, found, reports)) for one in found]
    return tuple(one for one in found if one.kind != "follows")


def _as_finding(check: Check, weight: Weight, told: tuple[FindingKind, str]) -> Finding:
    kind, words = told
    number = check.workflow.id if check.workflow else 0
    attempt = check.workflow.attempt if check.workflow else 1
    return Finding(kind, check.name, check.url, words, weight, check.run, number, attempt)


def _classify(
    check: Check, base: Check | None, reports: Mapping[int, JobReport]
) -> tuple[FindingKind, str]:
    report = reports.get(check.run.id, JobReport()) if check.run else JobReport()
    if check.state == "pending" and _waits_for_review(check):
        return "review", check.words
    if check.state == "failed" and report.awaited and report.cause == "nothing":
        return "log", ""
    red_there = check.state in _BAD and base is not None and _is_red(base, reports)
    if check.state == "cancelled" and not report.out_of_time:
        lost = report.cause == "infrastructure"
        return ("infrastructure", report.words) if lost else ("cancelled", check.words)
    if red_there and base is not None and _is_shared(report, base, reports):
        return "shared", report.words or check.words
    if check.state in {"failed", "cancelled"}:
        # Where nothing can be read of a job, the round says so instead of being built.
        return "code" if report.cause == "nothing" else report.cause, report.words
    return _SAME[check.state], check.words


def _is_red(base: Check, reports: Mapping[int, JobReport]) -> bool:
    """One that was cancelled, or went stale, on the base says nothing of what it would have been.

    Pushes to a base cancel each other's runs: https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency
    """
    report = reports.get(base.run.id, JobReport()) if base.run else JobReport()
    return base.state in _BAD - {"cancelled", "stale"} or report.out_of_time


def _waits_for_review(check: Check) -> bool:
    named = check.name.lower() in {"wip", "tide"}
    return named or bool(_WAITS_FOR_REVIEW.search(check.words[:1000]))


def _is_shared(report: JobReport, base: Check, reports: Mapping[int, JobReport]) -> bool:
    """Whether the base fails so too: by name alone where one of the logs cannot be read."""
    before = reports.get(base.run.id) if base.run else None
    if before is None or "nothing" in {report.cause, before.cause}:
        return True
    if report.cause != before.cause:
        # The runner was lost there, say, and a test fails here.
        return False
    if report.cause != "code" or not before.failures or not report.failures:
        return True
    return report.failures <= before.failures


def _demote(
    one: Finding, found: Sequence[Finding], reports: Mapping[int, JobReport]
) -> FindingKind:
    """A job that sums up others, or that its matrix has cancelled, fails because they do."""
    if one.weight == "told":
        return "not_required" if one.kind in _RED_KINDS else "follows"
    if one.run is None or not one.run.suite:
        return one.kind
    beside = [other for other in found if other.run and other.run.suite == one.run.suite]
    others = [other for other in beside if other is not one]
    # https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategyfail-fast
    if one.kind == "cancelled":
        caused = any(other.kind in _CAUSES or other.kind == "code" for other in others)
        return "follows" if caused else "cancelled"
    if one.kind != "code":
        return one.kind
    report = reports.get(one.run.id, JobReport())
    causes = _CAUSES if report.failures else {*_CAUSES, "cancelled"}
    sums_up = not report.has_tests and any(other.kind in causes for other in others)
    return "follows" if sums_up else "code"


_CAUSES: frozenset[FindingKind] = frozenset({"infrastructure", "account", "shared"})
_RED_KINDS: frozenset[FindingKind] = frozenset(
    {
        *("asks", "cancelled", "stale", "unstarted", "no_log", "request", "shared", "code"),
        *("infrastructure", "account"),
    }
)


def list_jobs_to_read(known: Sequence[Weighed]) -> Iterator[CheckRun]:
    """The jobs whose logs say why they failed. One that ran out of its time is `cancelled`.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idtimeout-minutes
    """
    for check, weight in known:
        ended = check.state in {"failed", "cancelled"}
        if check.run and check.run.job and ended and weight != "told":
            yield check.run


def pair_with_base(
    checks: Checks, base: Checks, failed: Sequence[CheckRun]
) -> tuple[CheckRun, ...]:
    """The jobs that fail on the base under the same names as these."""
    ids = {run.id for run in failed}
    keys = {check.key for check in list_newest(checks) if check.run and check.run.id in ids}
    red = (check for check in list_newest(base) if check.key in keys and check.state in _BAD)
    return tuple(check.run for check in red if check.run and check.run.job)
