"""Begins a build where another machine, or a disk that is gone, had left it.

What the server has was pushed by whoever held the work: it comes before what only a mirror has.
"""

import logging
from collections.abc import Iterable

from bot.commit_trailers import made_by_job, parse_trailers
from bot.git.commits import is_ancestor, list_commits, read_commits
from bot.git.progress_commit import Progress, ProgressError, read_progress, write_progress
from bot.git.references import move_branch
from bot.git.repo import Repo
from bot.github.mirror import Remote
from bot.plan import peek_job
from bot.ticket.model import Ticket
from bot.ticket.progress import MERGE_KINDS
from runners.build.load_plan import RunRequest, name_former_job, name_job
from runners.build.tries import take_up_passed
from runners.tickets.plan_removal import find_removal
from runners.tickets.push_progress import list_landed

log = logging.getLogger("bricklayer")


def follow_progress(remote: Remote, ticket: Ticket) -> Progress | None:
    """Move our branch to the work in progress that the server has; None where it has none for us.

    Only what this round's job has built on the branch as it was pushed is taken: another is of an
    earlier job, or was given up, as a merge that could not be settled.
    Raises an OutageError where the server does not answer.
    """
    sha = remote.fetch_progress(ticket.issue)
    try:
        progress = read_progress(remote.repo, sha) if sha else None
    except ProgressError as exc:
        log.warning("%s: its work in progress on GitHub cannot be read: %s", ticket.name, exc)
        return None
    if progress is None or not _belongs(remote.repo, ticket, progress.head):
        return None
    repo, branch = remote.repo, ticket.remote.branch
    local = repo.branch_head(branch)
    if local and _is_merge(ticket) and not is_ancestor(repo, local, progress.head):
        return progress  # a merge that was settled here stands beside what its tasks committed
    if not (local and is_ancestor(repo, progress.head, local)):
        move_branch(repo, branch, progress.head, local)
        log.info("%s: goes on at %s, from GitHub", ticket.name, progress.head[:12])
        # What was landed here alone passed all the same.
        beside = _list_beside(repo, progress.head, local) if local else ()
        return Progress(progress.head, (*progress.passed, *beside))
    return progress


def _is_merge(ticket: Ticket) -> bool:
    return ticket.progress.round is not None and ticket.progress.round.kind in MERGE_KINDS


def _belongs(repo: Repo, ticket: Ticket, head: str) -> bool:
    round_ = ticket.progress.round
    base = round_.base if round_ else ticket.remote.head
    starts = {base, ticket.remote.head} - {""}
    if not starts or not all(
        repo.resolve_rev(start) and is_ancestor(repo, start, head) for start in starts
    ):
        return False
    base = find_removal(repo, base, head) or base
    if not round_:  # lost with the database: whatever its job was, it was one
        commits = list_commits(repo, base, head)
        jobs = {parse_trailers(each.message).get("Bricklayer-Job", "") for each in commits}
        return "" not in jobs and len(jobs) <= 1
    request = RunRequest(
        round_.text, repo.git_dir, branch=ticket.remote.branch, base=base, ticket=ticket.key
    )
    return is_built_by(repo, request, head)


def is_built_by(repo: Repo, request: RunRequest, head: str) -> bool:
    """Whether all that stands on the request's base, up to `head`, was made by its job."""
    branch, job_id = name_job(request)
    ids = (job_id, name_former_job(request, repo, branch))
    commits = list_commits(repo, request.base, head)
    return all(any(made_by_job(each.message, name) for name in ids) for each in commits)


def _list_beside(repo: Repo, head: str, local: str) -> tuple[str, ...]:
    merges = repo.read_output("rev-list", "--merges", f"{head}..{local}")
    return () if merges else tuple(c.sha for c in list_commits(repo, head, local))


def share_base(remote: Remote, ticket: Ticket, base: str) -> None:
    """Have the server hold the commit on which a build is to begin, for any machine to begin there.

    What its work in progress tells of besides stays. Raises an OutageError without an answer.
    """
    repo, issue = remote.repo, ticket.issue
    public = remote.fetched_head(ticket.remote.branch)
    if not base or (public and is_ancestor(repo, base, public)):
        return
    for seen in (remote.seen_progress(issue), ""):
        there = seen or remote.fetch_progress(issue)
        known = _read_if_any(repo, there)
        if known and is_ancestor(repo, base, known.head):
            return
        passed = known.passed if known and is_ancestor(repo, known.head, base) else ()
        if remote.push_progress(issue, write_progress(repo, base, passed), there):
            return
    log.warning("%s: the commit to build on could not be pushed", ticket.name)


def _read_if_any(repo: Repo, sha: str) -> Progress | None:
    try:
        return read_progress(repo, sha) if sha else None
    except ProgressError:
        return None


def keep_passed(repo: Repo, request: RunRequest, passed: Iterable[str]) -> None:
    """Give the engine the commits of tasks that passed elsewhere and have not landed.

    Each has to be of this job and of a task of its plan, by its trailers.
    """
    branch, job_id = name_job(request)
    head = repo.branch_head(branch)
    if not head or not (shas := tuple(passed)):
        return
    tasks = {task.id for task in peek_job(request.plan).tasks}
    tasks -= list_landed(repo, request.base, head)
    found = read_commits(repo, "--no-walk=unsorted", *shas, "--")
    of_plan = [c for c in found if parse_trailers(c.message).get("Bricklayer-Task", "") in tasks]
    take_up_passed(repo, job_id, (commit.sha for commit in of_plan))
