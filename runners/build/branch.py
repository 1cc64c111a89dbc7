"""Landing: a passed attempt becomes one commit on the branch, once, whoever was killed when."""

import itertools
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.errors import UserError
from bot.git.repo import Repo
from bot.ledger import LedgerRow, format_trailers, parse_trailers, total_row
from bot.plan import Check, Phase, Task
from bot.text.escape import commit_safe
from runners.build.attempt import Counted, believed, check_tree, landed
from runners.build.context import JobContext
from runners.build.lanes import OpenLane
from runners.build.results import JobResult, TaskRun, rows_of
from runners.checks.failure_digest import digest
from runners.progress import ProgressEvent, Report

SUBJECT = 72


def land(turn: TaskRun) -> str:
    """Commit what passed on the branch's head and return the commit.

    Empty where another task landed in between and the two do not pass together. Asks git first:
    killed after the branch moved and before that was recorded, the commit is found, not made again.
    """
    site, task, laid = turn.site, turn.task, turn.tries[-1].laid
    with site.branch_lock:
        if sha := landed(site).get(task.id):
            return sha
        _require_free(site.repo, site.branch)
        head = require_ours(site)
        tree = site.repo.overlay(f"{head}^{{tree}}", laid.tree, laid.files)
        counted = turn.start.counted
        if tree != laid.tree and check_tree(site, turn.lane, task, tree, counted) is not None:
            return ""
        sha = site.repo.commit(tree, head, _message(site, task, rows_of(turn.tries)), site.by)
        if not site.repo.move(site.branch, sha, head):
            raise _moved(site)
        return sha


def open_branch(site: JobContext) -> None:
    """Make the branch at the base, or find it as this job left it.

    One that holds nothing beyond the base, an empty one of an earlier base, is taken along to it.
    """
    _require_free(site.repo, site.branch)
    head = site.repo.head(site.branch)
    behind = head != site.base and (not head or site.repo.is_ancestor(head, site.base))
    if behind and not site.repo.move(site.branch, site.base, head):
        raise _moved(site)
    require_ours(site)


def _require_free(repo: Repo, branch: str) -> None:
    """Moving a branch under somebody's checkout would make their next commit undo ours."""
    if repo.checked_out(branch):
        hint = "Switch that checkout to another branch, or name one with --branch."
        raise UserError(f"branch {branch} is checked out somewhere", hint=hint)


def set_aside(repo: Repo, branch: str, base: str, report: Report) -> None:
    """Give what the branch holds another name, so that the job can begin anew under its own.

    One that holds nothing beyond `base` stays: there is nothing to keep.
    """
    head = repo.head(branch)
    if not head:
        return
    _require_free(repo, branch)
    if repo.is_ancestor(head, base):
        return
    names = (f"{branch}.{number}" for number in itertools.count(1))
    # Killed before the branch was dropped, the next run finds the name it already has.
    kept = next(name for name in names if repo.head(name) == head or repo.move(name, head, ""))
    repo.drop(branch, head)
    report(ProgressEvent("job", f"what {branch} held is kept as {kept}"))


def require_ours(site: JobContext) -> str:
    """Head of the branch, after making sure that only this job has committed on it."""
    head = site.repo.head(site.branch)
    if not head:
        hint = "Bring it back (`git reflog` knows its commits), or start anew with --branch NAME."
        raise UserError(f"branch {site.branch}, where this job was building, is gone", hint=hint)
    commits = site.repo.commits(site.base, head)
    strange = [c for c in commits if parse_trailers(c.message).get("Bricklayer-Job") != site.id]
    if strange or not site.repo.is_ancestor(site.base, head):
        raise _moved(site)
    return head


def _moved(site: JobContext) -> UserError:
    return UserError(
        f"branch {site.branch} holds commits that this plan, as it reads now, did not make",
        where=str(site.repo.git_dir),
        hint="Nothing of it was touched. --fresh keeps them under another name and begins anew;"
        " or name another branch with --branch.",
    )


def _message(site: JobContext, task: Task, rows: Sequence[LedgerRow]) -> str:
    check = ", ".join(c.label for c in task.checks)
    words = f"{site.aim} {task.file}" if site.aim else task.text
    return f"{_said(task.id, words)}\n\n{format_trailers(total_row(rows), site.id, check)}"


def _said(name: str, words: str) -> str:
    """Subject, and a body where the words are more than it holds."""
    text = commit_safe(words.strip())
    said = " ".join(text.split())
    subject = f"{name}: {said}" if said else name
    if len(subject) <= SUBJECT and said == text:
        return subject
    if len(subject) > SUBJECT:
        subject = f"{subject[: SUBJECT - 3].rsplit(' ', 1)[0]}..."
    return f"{subject}\n\n{text}"


def phase_fault(site: JobContext, lane: OpenLane, phase: Phase, counted: Counted) -> str:
    """Why the phase's `done` checks do not hold on the branch; empty where they do."""
    head = require_ours(site)
    return _red(site, lane, phase.done, head, f"phase {phase.title}", counted)


def final_gate(site: JobContext, lane: OpenLane, counted: Counted) -> JobResult:
    """Run the job's checks on a checkout of the branch head that nothing was in before."""
    head = require_ours(site)
    with tempfile.TemporaryDirectory(prefix="gate-", dir=site.folder) as folder:
        clean = replace(lane, folder=Path(folder))
        checks = tuple(Check("run", name) for name in site.job.checks)
        why = _red(site, clean, checks, head, "the final gate", counted)
    return JobResult(passed=not why, why=why, head=head, branch=site.branch)


def _red(  # noqa: PLR0913, PLR0917  # which checks, on what, against what was counted
    site: JobContext,
    lane: OpenLane,
    checks: tuple[Check, ...],
    commit: str,
    where: str,
    counted: Counted,
) -> str:
    folder = site.checkout(lane, commit)
    for check in checks:
        verdict = believed(site.check(check, folder), counted)
        site.report(ProgressEvent("check", f"{check.label}: {where}", good=verdict.passed))
        if not verdict.passed:
            return f"{where}: {check.label}: {verdict.why}\n{digest(verdict.output, tokens=300)}"
    return ""
