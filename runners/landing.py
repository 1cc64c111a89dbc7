"""Landing: a passed attempt becomes one commit on the branch, once, whoever was killed when."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.errors import UserError
from bot.job import Check, Phase, Task
from bot.ledger import Row, total_row, trailers, trailers_of
from runners.attempt import check_tree, landed
from runners.digest import digest
from runners.ends import JobEnd, Turn, rows_of
from runners.lanes import OpenLane
from runners.site import Site, Told

SUBJECT = 72


def land(turn: Turn) -> str:
    """Commit what passed on the branch's head and return the commit.

    Empty where another task landed in between and the two do not pass together. Asks git first:
    killed after the branch moved and before that was recorded, the commit is found, not made again.
    """
    site, task, laid = turn.site, turn.task, turn.tries[-1].laid
    with site.branch_lock:
        if sha := landed(site).get(task.id):
            return sha
        head = require_ours(site)
        tree = site.repo.overlay(f"{head}^{{tree}}", laid.tree, laid.files)
        if tree != laid.tree and check_tree(site, turn.lane, task, tree) is not None:
            return ""
        sha = site.repo.commit(tree, head, _message(site, task, rows_of(turn.tries)))
        if not site.repo.move(site.branch, sha, head):
            raise _moved(site)
        return sha


def open_branch(site: Site) -> None:
    """Make the branch at the base, or find it as this job left it."""
    if site.repo.checked_out(site.branch):
        mend = "Switch that checkout to another branch, or name one with --branch."
        raise UserError(f"branch {site.branch} is checked out somewhere", mend=mend)
    if not site.repo.head(site.branch) and not site.repo.move(site.branch, site.base, ""):
        raise _moved(site)
    require_ours(site)


def require_ours(site: Site) -> str:
    """Head of the branch, after making sure that only this job has committed on it."""
    head = site.repo.head(site.branch)
    commits = site.repo.commits(site.base, head) if head else []
    strange = [c for c in commits if trailers_of(c.message).get("Bricklayer-Job") != site.id]
    grown = bool(head) and site.repo.is_ancestor(site.base, head)
    if strange or not grown:
        raise _moved(site)
    return head


def _moved(site: Site) -> UserError:
    return UserError(
        f"branch {site.branch} holds commits that this job did not make",
        where=str(site.repo.git_dir),
        mend="Nothing of it was touched. Name another branch with --branch, or rename that one.",
    )


def _message(site: Site, task: Task, rows: Sequence[Row]) -> str:
    check = ", ".join(" ".join((c.name or c.kind, *c.paths)) for c in task.checks)
    said = " ".join(task.text.split())
    subject = f"{task.id}: {said}" if said else task.id
    if len(subject) > SUBJECT:
        subject = f"{subject[: SUBJECT - 3].rsplit(' ', 1)[0]}..."
    return f"{subject}\n\n{task.text.strip()}\n\n{trailers(total_row(rows), site.id, check)}"


def phase_fault(site: Site, lane: OpenLane, phase: Phase) -> str:
    """Why the phase's `done` checks do not hold on the branch; empty where they do."""
    return _red(site, lane, phase.done, site.repo.head(site.branch), f"phase {phase.title}")


def final_gate(site: Site, lane: OpenLane) -> JobEnd:
    """Run the job's checks on a checkout of the branch head that nothing was in before."""
    head = require_ours(site)
    with tempfile.TemporaryDirectory(prefix="gate-", dir=site.folder) as folder:
        clean = replace(lane, folder=Path(folder))
        checks = tuple(Check("run", name) for name in site.job.checks)
        why = _red(site, clean, checks, head, "the final gate")
    return JobEnd(passed=not why, why=why, head=head, branch=site.branch)


def _red(site: Site, lane: OpenLane, checks: tuple[Check, ...], commit: str, where: str) -> str:
    folder = site.checkout(lane, commit)
    for check in checks:
        verdict = site.check(check, folder)
        name = " ".join((check.name or check.kind, *check.paths))
        site.tell(Told("check", f"{name}: {where}", good=verdict.passed))
        if not verdict.passed:
            return f"{where}: {name}: {verdict.why}\n{digest(verdict.output, tokens=300)}"
    return ""
