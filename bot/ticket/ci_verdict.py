"""Whether a commit is green, red or to be waited for, from all that reports on it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from bot.config.repository import CiConfig
from bot.github.types import CheckRun, Checks

Colour = Literal["green", "red", "waiting", "none", "approval", "unbegun", "late"]
MAX_RECHECK_SECONDS = 300.0
"""Seconds until running checks are read again, should the webhook of their end be lost."""
# GitHub too lets a pull request with these be merged where the check is required:
# https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/about-status-checks
_GOOD = frozenset({"success", "neutral", "skipped"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """`names`: what failed, or is not done. `done` and `total` count checks, not workflows."""

    colour: Colour
    names: tuple[str, ...] = ()
    failed: tuple[CheckRun, ...] = ()
    done: int = 0
    total: int = 0
    recheck_seconds: float = 0.0


def verdict(  # what is known, for how long, and by which rules
    checks: Checks,
    config: CiConfig,
    *,
    waited: float,
    quiet: float,
    workflows: bool,
) -> Verdict:
    """`waited`: seconds since the push; `quiet`: since anything was last seen to change.

    `workflows`: the commit has any.
    """
    # A check run has a conclusion only once its status is `completed`:
    # https://docs.github.com/en/rest/checks/runs
    failed = tuple(r for r in checks.runs if r.status == "completed" and r.conclusion not in _GOOD)
    failures = _unique([*(run.name for run in failed), *_other_failures(checks)])
    open_checks = [run.name for run in checks.runs if run.status != "completed"]
    open_checks += [status.context for status in checks.statuses if status.state == "pending"]
    # Jobs are created as a workflow goes on, so it may be open while all of its checks are done:
    # https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
    open_workflows = [w.name for w in checks.workflows if w.status != "completed"]
    unfinished = _unique([*open_checks, *open_workflows])
    total = len(checks.runs) + len(checks.statuses)
    done = total - len(open_checks)
    # First, as nothing else changes until a person has approved the run:
    # https://docs.github.com/en/actions/managing-workflow-runs/approving-workflow-runs-from-public-forks
    if any(w.conclusion == "action_required" or w.status == "waiting" for w in checks.workflows):
        return Verdict("approval", recheck_seconds=MAX_RECHECK_SECONDS)
    # Before the failures: all of them go into one build round, not each into a round of its own.
    if unfinished and waited < config.wait:
        recheck = min(MAX_RECHECK_SECONDS, max(config.wait - waited, config.settle))
        return Verdict("waiting", unfinished, done=done, total=total, recheck_seconds=recheck)
    if failures or unfinished:
        return Verdict("red", failures, failed) if failures else Verdict("late", unfinished)
    if not total:
        return _judge_silence(config, waited, workflows=workflows)
    # Checks appear one after another: that all known ones passed does not mean that all are known.
    if quiet < config.settle:
        return Verdict("waiting", done=done, total=total, recheck_seconds=config.settle - quiet)
    return Verdict("green")


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _other_failures(checks: Checks) -> list[str]:
    """Of commit statuses, the older of GitHub's two ways to report, and of workflows.

    https://docs.github.com/en/rest/commits/statuses
    """
    bad = [status.context for status in checks.statuses if status.state in {"failure", "error"}]
    return bad + _workflows_without_jobs(checks)


def _workflows_without_jobs(checks: Checks) -> list[str]:
    """Workflows that failed before they had a job, as one whose file cannot be read does.

    GitHub concludes such a run with `startup_failure` before it has created any job:
    https://github.com/orgs/community/discussions/209847
    """
    with_jobs = {run.suite for run in checks.runs}
    ended = (w for w in checks.workflows if w.status == "completed" and w.suite not in with_jobs)
    return [w.name for w in ended if w.conclusion in {"failure", "startup_failure"}]


def _judge_silence(config: CiConfig, waited: float, *, workflows: bool) -> Verdict:
    """Nothing has reported at all: there may be no CI, or it has not begun."""
    if not workflows:
        soon = min(config.grace, config.settle)
        return (
            Verdict("none") if waited >= soon else Verdict("waiting", recheck_seconds=soon - waited)
        )
    if waited < config.grace:
        return Verdict("waiting", recheck_seconds=min(config.settle, config.grace - waited))
    return Verdict("unbegun")
