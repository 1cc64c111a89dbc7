"""Takes a ticket up again where its mirror has lost commits: another disk, an older copy, none.

What is on the server is fetched anew, with the work in progress; what was only here is built again.
"""

import logging
from dataclasses import replace

from bot.git.repo import Repo
from bot.job_states import TaskState
from bot.ticket import messages_lost
from bot.ticket.model import Ticket
from bot.ticket.progress import MERGE_KINDS
from bot.ticket.stages import Stage, is_over
from runners.tickets.follow_findings import begin_lost_anew
from runners.tickets.restore import follow_remote, take_up_branch
from runners.tickets.services import Services
from runners.tickets.take_up_progress import follow_progress

log = logging.getLogger("bricklayer")


def restore_mirror(services: Services, ticket: Ticket) -> Ticket:
    """The same ticket where everything is here that it names."""
    if is_over(ticket.stage) or not ticket.remote.base:
        return ticket
    remote = services.open_mirror(ticket)
    if _is_whole(remote.repo, ticket):
        return ticket
    log.warning("%s: the mirror lacks commits of it, and is fetched anew", ticket.name)
    remote.fetch()
    if follow_progress(remote, ticket) and _is_whole(remote.repo, ticket):
        return ticket
    pushed = {ticket.remote.base, ticket.remote.plan_commit, ticket.remote.head} - {""}
    if all(map(remote.repo.resolve_rev, pushed)):
        return _take_up(services, ticket) if ticket.remote.plan_commit else ticket
    if not ticket.remote.plan_commit:  # it is planned on what is there
        return replace(ticket, remote=replace(ticket.remote, base=""))
    return _tell_lost(ticket)


def _tell_lost(ticket: Ticket) -> Ticket:
    is_told = ticket.stage is Stage.BLOCKED
    return ticket if is_told else ticket.move_to(Stage.BLOCKED, messages_lost.COMMITS_LOST)


def _is_whole(repo: Repo, ticket: Ticket) -> bool:
    known, round_ = ticket.remote, ticket.progress.round
    commits = {known.base, known.plan_commit, known.head, round_.base if round_ else ""} - {""}
    has_branch = not known.head or bool(repo.branch_head(known.branch))
    return has_branch and all(map(repo.resolve_rev, commits))


def _take_up(services: Services, ticket: Ticket) -> Ticket:
    round_ = ticket.progress.round
    if round_ and round_.kind == "review" and ticket.stage is Stage.BUILDING:
        follow_remote(services.open_mirror(ticket), ticket.remote.branch, ticket.remote.head)
        return begin_lost_anew(services, ticket)
    if round_ and round_.kind in {"ci", "rework", "review"}:
        # Its tasks are written for the head that was pushed: all of them are done again.
        follow_remote(services.open_mirror(ticket), ticket.remote.branch, ticket.remote.head)
        left = replace(round_, base=ticket.remote.head)
        return replace(ticket, progress=replace(ticket.progress, round=left))
    taken = take_up_branch(services, ticket)
    if not taken.remote.plan_commit:  # what the branch has now is not built on the job's plan
        return _tell_lost(ticket)
    restored = _with_records(ticket, taken)
    # A merge that was being settled was here only: the base is merged in anew.
    is_merge = round_ is not None and round_.kind in MERGE_KINDS
    asked = restored.remote.update_asked or (is_merge and ticket.stage is Stage.BUILDING)
    return replace(restored, remote=replace(restored.remote, update_asked=asked))


def _with_records(before: Ticket, restored: Ticket) -> Ticket:
    """With what was stored of attempts and costs: commits tell only of what passed."""
    ended = [task for task in before.progress.tasks if task.state != TaskState.PASSED]
    progress = replace(restored.progress, tasks=(), rows=before.progress.rows)
    progress = progress.with_tasks((*ended, *restored.progress.tasks))
    return replace(restored, progress=progress)
