"""Commits on the bot's branch that somebody else pushed: the job goes on from them, or stops.

Who pushed is asked of GitHub, and may that account write at this moment: a commit's author and
committer are anybody's claim. GitHub's buttons push as the person who pressed them.
"""

from collections.abc import Iterator
from dataclasses import replace

from bot.errors import GitError
from bot.git.commits import is_ancestor
from bot.git.merge import find_merge_base
from bot.git.references import move_branch
from bot.github.types import Push
from bot.github.webhooks import Person, Pull
from bot.job_states import TaskState
from bot.plan import peek_job
from bot.plan.followup_plans import drop_done_tasks
from bot.ticket import messages, messages_branch
from bot.ticket.keys import push_mark
from bot.ticket.model import Ticket
from bot.ticket.progress import MERGE_KINDS
from bot.ticket.push_origin import (
    MAX_UNKNOWN_SECONDS,
    UNKNOWN_POLL_SECONDS,
    is_listed,
    list_pushers,
    trace_pushes,
)
from bot.ticket.reopen import all_passed
from bot.ticket.stages import Stage
from runners.project import load_repo_config
from runners.tickets.edited_plan import read_edited_plan
from runners.tickets.newer_comment import follow_newer
from runners.tickets.services import Services
from runners.tickets.writers import is_writer

_ADOPTING = frozenset({Stage.APPROVAL, Stage.CI, Stage.REVIEW, Stage.BLOCKED})
"""Stages in which nothing is being built."""


def check_push(services: Services, ticket: Ticket, pull: Pull) -> Ticket:
    """Go on from what was pushed, or pause for it.

    The branch itself decides: the head in the API's answer may be from before our own push.
    """
    remote = services.open_mirror(ticket)
    remote.fetch()
    head = remote.fetched_head(ticket.remote.branch)
    if head and ticket.remote.adopt_pushed and ticket.remote.pushed_head == head:
        return _adopt_push(services, ticket, pull, head)
    # Empty where the branch was deleted: there is no commit of anybody's to stop for.
    if head in {"", ticket.remote.head}:
        return ticket
    if head == remote.repo.branch_head(ticket.remote.branch):
        # Our own push: this process was killed before the ticket was stored.
        return replace(ticket, remote=replace(ticket.remote, head=head))
    # It has stopped for this one, and says why; or it was our own account's, of another machine.
    if (ticket.paused and ticket.remote.pushed_head == head) or follow_newer(services, ticket):
        return ticket
    if not _may_adopt(services, ticket, head):
        return _stop(ticket, head, messages.PUSHED_BY_A_PERSON)
    return _adopt_known(services, ticket, pull, head)


def _may_adopt(services: Services, ticket: Ticket, head: str) -> bool:
    """Whether nothing is being built, and the job was not paused by a person."""
    if ticket.stage not in _ADOPTING:
        return False
    if ticket.paused and not ticket.remote.pushed_head:
        return False
    repo = services.open_mirror(ticket).repo
    local = repo.branch_head(ticket.remote.branch)
    merges = ticket.progress.round is not None and ticket.progress.round.kind in MERGE_KINDS
    # Commits of ours that were never pushed stay ours, but for a merge that came to nothing.
    return local in {"", ticket.remote.head} or merges or is_ancestor(repo, local, head)


def _adopt_known(services: Services, ticket: Ticket, pull: Pull, head: str) -> Ticket:
    repo = services.open_mirror(ticket).repo
    if not is_ancestor(repo, ticket.remote.head, head):
        return _stop(ticket, head, messages_branch.PUSHED_BY_FORCE)
    pushes = trace_pushes(
        services.repository(ticket).list_pushes(ticket.remote.branch), ticket.remote.head, head
    )
    if not pushes:
        return _wait_for_record(services, ticket, head)
    if any(push.forced for push in pushes):
        return _stop(ticket, head, messages_branch.PUSHED_BY_FORCE)
    if strangers := [person.login for person in _find_strangers(services, ticket, pushes)]:
        return _stop(ticket, head, messages_branch.pushed_by_stranger(strangers))
    names = [person.login for person in list_pushers(pushes)]
    adopted = _adopt_push(services, ticket, pull, head)
    if adopted.paused:
        return adopted
    return replace(adopted, reply=messages_branch.push_adopted(names, head))


def _find_strangers(
    services: Services, ticket: Ticket, pushes: tuple[Push, ...]
) -> Iterator[Person]:
    """Those of whom nobody has said that their pushes count: asked of GitHub now."""
    repository, repo = services.repository(ticket), services.open_mirror(ticket).repo
    listed = load_repo_config(repo, repo.git_dir, ticket.remote.base).github.adopt_pushes_from
    me = services.account.own_account().id
    for person in list_pushers(pushes):
        known = person.id == me or is_listed(person, listed)
        if not known and not is_writer(repository, person):
            yield person


def _wait_for_record(services: Services, ticket: Ticket, head: str) -> Ticket:
    """GitHub's record may be a moment behind the push."""
    now, mark = services.now(), push_mark(ticket.key)
    since, _, known = services.tickets.read_mark(mark).partition(" ")
    if known != head:
        services.tickets.write_mark(mark, f"{now} {head}")
        since = str(now)
    if now - float(since) > MAX_UNKNOWN_SECONDS:
        return _stop(ticket, head, messages_branch.PUSHED_BY_NOBODY_KNOWN)
    # What a blocked job waits for still holds, whoever pushed.
    why = ticket.why if ticket.stage is Stage.BLOCKED else messages_branch.PUSHER_UNKNOWN
    return replace(ticket, why=why, wake_at=now + UNKNOWN_POLL_SECONDS)


def _stop(ticket: Ticket, head: str, why: str) -> Ticket:
    if ticket.stage is Stage.BLOCKED:
        return ticket  # it waits for a person already, and says for what
    return replace(
        ticket,
        paused=True,
        why=why,
        remote=replace(ticket.remote, pushed_head=head, adopt_pushed=False),
        approval=replace(ticket.approval, granted_key=""),
    )


def _adopt_push(services: Services, ticket: Ticket, pull: Pull, head: str) -> Ticket:
    """Build on from what was pushed; what is done of the plan is not done again."""
    repo = services.open_mirror(ticket).repo
    local = repo.branch_head(ticket.remote.branch)
    # Compare and swap, so that no commit of a build that still runs is lost:
    # https://git-scm.com/docs/git-update-ref
    if local != head and not move_branch(repo, ticket.remote.branch, head, local):
        raise GitError(("update-ref", ticket.remote.branch), 1, "the branch moved meanwhile")
    base = _find_base(services, ticket, pull, head)
    remote = replace(ticket.remote, head=head, base=base, adopt_pushed=False, pushed_head="")
    adopted = replace(ticket, remote=remote, paused=False, why="", wake_at=0.0)
    if ticket.stage in {Stage.APPROVAL, Stage.BUILDING}:
        return _adopt_before_building(services, adopted)
    return _watch_head(services, adopted)


def _watch_head(services: Services, ticket: Ticket) -> Ticket:
    """CI says what the new head is worth, unless there is something left to build."""
    merges = ticket.progress.round is not None and ticket.progress.round.kind in MERGE_KINDS
    ticket = replace(ticket, remote=replace(ticket.remote, pushed_at=services.now()))
    if ticket.stage is Stage.REVIEW:
        return ticket.move_to(Stage.CI)
    if ticket.stage is not Stage.BLOCKED:
        return ticket
    if merges or all_passed(ticket):
        return ticket.move_to(Stage.CI)
    return replace(ticket, why=messages_branch.STILL_BLOCKED)


def _adopt_before_building(services: Services, ticket: Ticket) -> Ticket:
    edited = read_edited_plan(services, ticket)
    if edited is not None:
        return edited
    round_ = ticket.progress.round
    if not round_ or ticket.stage is not Stage.BUILDING:
        return ticket
    done = frozenset(t.id for t in ticket.progress.tasks if t.state == TaskState.PASSED)
    text = drop_done_tasks(round_.text, peek_job(round_.text), done)
    round_ = replace(round_, text=text, base=ticket.remote.head)
    ticket = replace(ticket, progress=replace(ticket.progress, round=round_))
    # An approval names the head it was given for, and this is another one.
    return ticket.move_to(Stage.APPROVAL) if ticket.approval.granted_by else ticket


def _find_base(services: Services, ticket: Ticket, pull: Pull, head: str) -> str:
    """The base that the branch has now: somebody may have merged it in."""
    remote = services.open_mirror(ticket)
    tip = remote.fetched_head(pull.base_ref)
    found = find_merge_base(remote.repo, tip, head) if tip else ""
    later = found and is_ancestor(remote.repo, ticket.remote.base, found)
    return found if later else ticket.remote.base
