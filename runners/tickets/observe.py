"""What became of the issue, the pull request and the branch since the ticket's last step."""

from dataclasses import replace

from bot.errors import GitError
from bot.github.webhooks import IssueText
from bot.job_states import TaskState
from bot.plan import peek_job
from bot.plan.followup_plans import drop_done_tasks
from bot.ticket import messages
from bot.ticket.keys import edited_text_key
from bot.ticket.model import Ticket, hash_text
from bot.ticket.stages import Stage, is_over
from runners.tickets.services import Services

_OUR_HEAD = frozenset({Stage.BUILDING, Stage.PUBLISHING, Stage.CI, Stage.REVIEW, Stage.APPROVAL})


def observe_github(services: Services, ticket: Ticket) -> Ticket:
    """The ticket as GitHub has it: ended, paused because a person pushed, or as it was."""
    if is_over(ticket.stage):
        return ticket
    repository = services.repository(ticket)
    # Before the pull request: a merge closes the issue as well. Were it merged between the two
    # requests, an issue that is read second would look closed by a person.
    # https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue
    issue = repository.read_issue(ticket.issue)
    if ticket.remote.pull:
        pull = repository.read_pull(ticket.remote.pull)
        if pull.merged:
            return _end(ticket, Stage.MERGED, messages.MERGED)
        if pull.closed:
            return _end(ticket, Stage.CLOSED, messages.closed_on_github("pull request"))
        if pull.head_sha != ticket.remote.head and ticket.stage in _OUR_HEAD:
            return _check_push(services, ticket)
    if issue.state == "closed":
        return _end(ticket, Stage.CLOSED, messages.closed_on_github("issue"))
    return _note_edit(ticket, issue)


def _end(ticket: Ticket, stage: Stage, why: str) -> Ticket:
    return replace(ticket, paused=False).move_to(stage, why)


def _note_edit(ticket: Ticket, issue: IssueText) -> Ticket:
    """Say once that an edit of the issue's text comes too late for the plan."""
    mark = edited_text_key(hash_text(issue.title, issue.body))
    same = (issue.title, issue.body) == (ticket.title, ticket.body)
    if same or not ticket.progress.round or ticket.was_handled(mark):
        return ticket
    return replace(ticket, reply=messages.TEXT_AFTER_PLAN).with_handled(mark)


def _check_push(services: Services, ticket: Ticket) -> Ticket:
    """Pause for somebody else's commits, unless a writer has said to go on from them.

    The branch itself decides: the head in the API's answer may be from before our own push.
    """
    remote = services.open_mirror(ticket)
    remote.fetch()
    head = remote.fetched_head(ticket.remote.branch)
    # Empty where the branch was deleted: there is no commit of anybody's to stop for.
    if head in {"", ticket.remote.head}:
        return ticket
    if ticket.remote.adopt_pushed and ticket.remote.pushed_head == head:
        return _adopt_push(services, ticket)
    if head == remote.repo.branch_head(ticket.remote.branch):
        # Our own push: this process was killed before the ticket was stored.
        return replace(ticket, remote=replace(ticket.remote, head=head))
    why = messages.PUSHED_BY_A_PERSON
    return replace(
        ticket,
        paused=True,
        why=why,
        remote=replace(ticket.remote, pushed_head=head, adopt_pushed=False),
        approval=replace(ticket.approval, granted_key=""),
    )


def _adopt_push(services: Services, ticket: Ticket) -> Ticket:
    """Build on from what a person pushed; what is done of the plan is not done again."""
    remote, head = services.open_mirror(ticket), ticket.remote.pushed_head
    local = remote.repo.branch_head(ticket.remote.branch)
    # Compare and swap, so that no commit of a build that still runs is lost:
    # https://git-scm.com/docs/git-update-ref
    if local != head and not remote.repo.move_branch(ticket.remote.branch, head, local):
        raise GitError(("update-ref", ticket.remote.branch), 1, "the branch moved meanwhile")
    round_ = ticket.progress.round
    if round_ and ticket.stage is Stage.BUILDING:
        done = frozenset(t.id for t in ticket.progress.tasks if t.state == TaskState.PASSED)
        text = drop_done_tasks(round_.text, peek_job(round_.text), done)
        round_ = replace(round_, text=text, base=head)
    ticket = replace(
        ticket,
        remote=replace(ticket.remote, head=head, adopt_pushed=False, pushed_head=""),
        progress=replace(ticket.progress, round=round_),
        why="",
    )
    if ticket.approval.granted_by and ticket.stage is Stage.BUILDING:
        # An approval names the head it was given for, and this is another one.
        return ticket.move_to(Stage.APPROVAL)
    return ticket
