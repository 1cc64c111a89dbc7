"""What to do about the checks of a commit: the one verdict, for the CI stage and the review. Pure.

Not everything that is not green is the code's fault. What is in the way becomes findings, each of a
kind with a next step of its own; only a job that fails with a log which the base does not share
changes code.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.config.repository import CiConfig
from bot.github.types import BranchRules, CheckRun, Checks
from bot.ticket.ci_findings import (
    Evidence,
    Finding,
    FindingKind,
    Weighed,
    find_all,
    list_jobs_to_read,
)
from bot.ticket.counted_checks import find_missing, weigh
from bot.ticket.newest_checks import list_newest

Colour = Literal[
    "waiting",  # something ends by itself, or a person is asked and has time yet
    "unread",  # `failed` is to be read before anything is decided: see `Evidence`
    "red",  # `failed` is the code's fault
    "rerun",  # the failed jobs of `reruns` are run once more
    "blocked",  # nothing more happens without a person
    "unbegun",  # there are workflows, and none has begun
    "none",  # nothing reports on this commit
    "green",  # good enough for a review; `findings` are to be said there
]
MAX_RECHECK_SECONDS = 300.0
"""Seconds until running checks are read again, should the webhook of their end be lost."""
RERUN_SECONDS = 30.0
"""Seconds until the checks are read again after their jobs were asked to run once more."""
LOG_WAIT_SECONDS, LOG_POLL_SECONDS = 180.0, 10.0
"""Seconds for which a log that is not there yet is waited for, and between two looks."""
_MAY_PASS_AGAIN: frozenset[FindingKind] = frozenset({"infrastructure", "shared"})
# A review of these would be of something unproved, and waiting does not help.
_STOPS: frozenset[FindingKind] = frozenset({"asks", "unstarted", "infrastructure", "account"})
# A person is asked, and has `[ci] wait` for it.
_ASKED: frozenset[FindingKind] = frozenset({"approval", "cancelled", "stale", "missing"})
_OPEN: frozenset[FindingKind] = frozenset({"running", "pending", "environment"})


NO_RULES = BranchRules()


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known beside the checks.

    `waited`: seconds since the push; `quiet`: since anything was last seen to change. `workflows`:
    the commit has any. `evidence` is None until the verdict asks for it. `rerun`: workflow runs
    that were asked to run their failed jobs again; `refused`: those for which that was refused.
    `may_fix`: a build round is left.
    """

    waited: float
    quiet: float
    workflows: bool = False
    rules: BranchRules = NO_RULES
    evidence: Evidence | None = None
    rerun: Collection[int] = ()
    refused: Collection[int] = ()
    may_fix: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """`failed` are jobs that have failed so far. `done` and `total` count checks, not workflows."""

    colour: Colour
    findings: tuple[Finding, ...] = ()
    failed: tuple[CheckRun, ...] = ()
    reruns: tuple[int, ...] = ()
    done: int = 0
    total: int = 0
    recheck_seconds: float = 0.0

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(finding.name for finding in self.findings))


def judge_checks(checks: Checks, config: CiConfig, moment: Moment) -> Verdict:
    newest = list_newest(checks)
    weights = ((check, weigh(check, config, moment.rules)) for check in newest)
    known = [(check, weight) for check, weight in weights if weight]
    absent = find_missing(newest, config, moment.rules)
    missing = tuple(Finding("missing", one.name, weight="required") for one in absent)
    if not known:
        return _judge_silence(config, moment, missing)
    reports = [check for check, _ in known if check.run or not check.workflow]
    done = sum(not check.is_open for check in reports)
    verdict = _judge_known(known, missing, config, moment)
    return replace(verdict, done=done, total=len(reports))


def _judge_known(
    known: Sequence[Weighed], missing: tuple[Finding, ...], config: CiConfig, moment: Moment
) -> Verdict:
    jobs = tuple(list_jobs_to_read(known))
    findings = (*find_all(known, moment.evidence), *missing)
    asks = tuple(one for one in findings if one.kind == "asks" and _is_in_the_way(one))
    if asks and not jobs:
        return Verdict("blocked", asks)
    in_time = moment.waited < config.wait
    # Before the failures: all of them go into one build round, not each into a round of its own.
    running = tuple(one for one in findings if one.kind == "running" and one.weight != "told")
    if running and in_time:
        return _wait(running, config.wait - moment.waited, config, jobs)
    # A service may be about to end too, or be pending for ever: it gets a while, not all the time.
    pending = tuple(one for one in findings if one.kind == "pending" and _is_in_the_way(one))
    if jobs and pending and in_time and moment.quiet < config.grace:
        return _wait(pending, config.grace - moment.quiet, config, jobs)
    by_base = any(one.kind in {"unstarted", "no_log"} and _is_a_stop(one) for one in findings)
    if (jobs or by_base) and moment.evidence is None:
        return Verdict("unread", failed=jobs)
    logs = tuple(one for one in findings if one.kind == "log")
    if logs and moment.quiet < LOG_WAIT_SECONDS:
        soon = min(LOG_POLL_SECONDS, config.settle)
        return Verdict("waiting", logs, _runs_of(logs), recheck_seconds=soon)
    known_now = (replace(one, kind="code") if one in logs else one for one in findings)
    return _decide(tuple(known_now), config, moment)


def _decide(findings: tuple[Finding, ...], config: CiConfig, moment: Moment) -> Verdict:
    code = tuple(one for one in findings if one.kind == "code")
    if code and (moment.may_fix or any(map(_is_in_the_way, code))):
        return Verdict("red", code, _runs_of(code))
    again = [one for one in findings if one.kind in _MAY_PASS_AGAIN and _is_first_try(one)]
    if verdict := _run_again(again, config, moment):
        return verdict
    in_the_way = tuple(one for one in findings if _is_in_the_way(one))
    if stops := tuple(one for one in in_the_way if _is_a_stop(one)):
        return Verdict("blocked", stops)
    if verdict := _judge_open(in_the_way, config, moment):
        return verdict
    # Checks appear one after another: that all known ones passed does not mean that all are known.
    if moment.quiet < config.settle:
        return Verdict("waiting", recheck_seconds=config.settle - moment.quiet)
    return Verdict("green", findings)


def _judge_open(
    in_the_way: tuple[Finding, ...], config: CiConfig, moment: Moment
) -> Verdict | None:
    """What may turn green yet is waited for, and no longer than `[ci] wait`."""
    waits = tuple(one for one in in_the_way if one.kind in _ASKED | _OPEN)
    if waits and moment.waited < config.wait:
        return _wait(waits, config.wait - moment.waited, config)
    late = tuple(one for one in waits if _blocks_when_late(one))
    return Verdict("blocked", late) if late else None


def _runs_of(findings: Sequence[Finding]) -> tuple[CheckRun, ...]:
    return tuple(one.run for one in findings if one.run)


def _is_in_the_way(one: Finding) -> bool:
    return one.weight in {"required", "counted"}


def _is_a_stop(one: Finding) -> bool:
    """What is red for a reason outside the code, and must be green, is for a person to correct."""
    return one.kind in _STOPS or (one.is_required and one.kind in {"no_log", "request"})


def _blocks_when_late(one: Finding) -> bool:
    """A service may be pending for ever, a deployment never be approved: required ones block."""
    return one.is_required or one.kind in _ASKED or one.kind == "running"


def _is_first_try(one: Finding) -> bool:
    """A run that somebody has run again already has had its second chance."""
    return bool(one.run and one.workflow) and one.attempt == 1


def _run_again(again: Sequence[Finding], config: CiConfig, moment: Moment) -> Verdict | None:
    """Once for each workflow run; what was asked for takes a moment to be seen."""
    runs = dict.fromkeys(one.workflow for one in again)
    new = tuple(run for run in runs if run not in {*moment.rerun, *moment.refused})
    if new:
        return Verdict("rerun", tuple(again), reruns=new)
    asked = [run for run in runs if run not in moment.refused]
    if asked and moment.waited < config.wait:
        return Verdict("waiting", tuple(again), recheck_seconds=RERUN_SECONDS)
    return None


def _wait(
    findings: tuple[Finding, ...],
    seconds: float,
    config: CiConfig,
    failed: tuple[CheckRun, ...] = (),
) -> Verdict:
    recheck = min(MAX_RECHECK_SECONDS, max(seconds, config.settle))
    return Verdict("waiting", findings, failed, recheck_seconds=recheck)


def _judge_silence(config: CiConfig, moment: Moment, missing: tuple[Finding, ...]) -> Verdict:
    """Nothing has reported at all: there may be no CI, or it has not begun."""
    wait = config.grace if moment.workflows else min(config.grace, config.settle)
    if moment.waited < wait:
        recheck = min(config.settle, wait - moment.waited)
        return Verdict("waiting", recheck_seconds=recheck)
    if moment.workflows:
        return Verdict("unbegun", missing)
    return judge_missing(missing, config, moment.waited) or Verdict("none")


def judge_missing(missing: tuple[Finding, ...], config: CiConfig, waited: float) -> Verdict | None:
    """None where nothing is required."""
    if not missing:
        return None
    left = config.wait - waited
    return _wait(missing, left, config) if left > 0 else Verdict("blocked", missing)
