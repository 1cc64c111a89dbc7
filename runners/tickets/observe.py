"""Before each step: what became of the issue, the pull request and the branch meanwhile."""

from dataclasses import replace

from bot.errors import GitError
from bot.github.webhooks import IssueText
from bot.job_states import TaskState
from bot.plan import peek_job
from bot.plan.followup_plans import drop_done_tasks
from bot.ticket import messages
from bot.ticket.model import Ticket, text_hash
from bot.ticket.stages import Stage, is_over
from runners.tickets.services import Services

_OUR_HEAD = frozenset({Stage.BUILDING, Stage.PUBLISHING, Stage.CI, Stage.REVIEW, Stage.APPROVAL})


def look(services: Services, ticket: Ticket) -> Ticket:
    """The ticket as GitHub has it: ended, paused because a person pushed, or as it was."""
    if is_over(ticket.stage):
        return ticket
    hub = services.repository(ticket)
    # Before the pull request: a merge closes the issue, and must not look like giving up.
    issue = hub.issue(ticket.issue)
    if ticket.pull:
        pull = hub.pull(ticket.pull)
        if pull.merged:
            return ticket.to(Stage.MERGED, messages.MERGED, paused=False)
        if pull.closed:
            return ticket.to(Stage.CLOSED, messages.closed("pull request"), paused=False)
        if pull.head_sha != ticket.head and ticket.stage in _OUR_HEAD:
            return _pushed(services, ticket)
    if issue.state == "closed":
        return ticket.to(Stage.CLOSED, messages.closed("issue"), paused=False)
    return _edited(ticket, issue)


def _edited(ticket: Ticket, issue: IssueText) -> Ticket:
    """Who edits the text of what is planned already is told that nothing comes of it."""
    mark = f"edited:{text_hash(issue.title, issue.body)}"
    same = (issue.title, issue.body) == (ticket.title, ticket.body)
    if same or not ticket.round or ticket.has(mark):
        return ticket
    return replace(ticket, said=messages.TEXT_AFTER_PLAN).with_done(mark)


def _pushed(services: Services, ticket: Ticket) -> Ticket:
    """Somebody else's commits: hands off, unless a writer has said to go on from them.

    The branch decides: what the API says of its head may be from before our own push.
    """
    remote = services.remote(ticket)
    remote.fetch()
    head = remote.head(ticket.branch)
    if head in {"", ticket.head}:
        return ticket
    if ticket.adopt and ticket.foreign == head:
        return _adopted(services, ticket)
    if head == remote.repo.head(ticket.branch):  # killed before our push was written down
        return replace(ticket, head=head)
    why = messages.PUSHED_BY_A_PERSON
    return replace(ticket, paused=True, why=why, foreign=head, adopt=False, approved="")


def _adopted(services: Services, ticket: Ticket) -> Ticket:
    """Build on from what a person pushed; what is done of the plan is not done again."""
    remote, head = services.remote(ticket), ticket.foreign
    mine = remote.repo.head(ticket.branch)
    if mine != head and not remote.repo.move(ticket.branch, head, mine):
        raise GitError(("update-ref", ticket.branch), 1, "the branch moved meanwhile")
    round_ = ticket.round
    if round_ and ticket.stage is Stage.BUILDING:
        done = frozenset(one.id for one in ticket.tasks if one.state == TaskState.PASSED)
        text = drop_done_tasks(round_.text, peek_job(round_.text), done)
        round_ = replace(round_, text=text, base=head)
    ticket = replace(ticket, head=head, round=round_, adopt=False, foreign="", why="")
    if ticket.approver and ticket.stage is Stage.BUILDING:  # that yes was for another head
        return ticket.to(Stage.APPROVAL)
    return ticket
