"""What became of the issue, the pull request and the branch since the ticket's last step."""

from dataclasses import replace

from bot.github.errors import NotFoundError
from bot.github.webhooks import IssueText, Pull
from bot.ticket import messages, messages_branch
from bot.ticket.keys import edited_text_key
from bot.ticket.model import Ticket, hash_text
from bot.ticket.reopen import end_on_github, has_only_plan
from bot.ticket.stages import Stage, is_over
from runners.tickets.foreign_pushes import check_push
from runners.tickets.services import Services

_OUR_HEAD = frozenset(
    {Stage.BUILDING, Stage.PUBLISHING, Stage.CI, Stage.REVIEW, Stage.APPROVAL, Stage.BLOCKED}
)


def observe_github(services: Services, ticket: Ticket) -> Ticket:
    """The ticket as GitHub has it: ended, paused because a person pushed, or as it was."""
    if is_over(ticket.stage):
        return ticket
    # Before the pull request: a merge closes the issue as well. Were it merged between the two
    # requests, an issue that is read second would look closed by a person.
    # https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue
    issue = services.repository(ticket).read_issue(ticket.issue)
    if issue.repo and issue.repo.lower() != ticket.where.repo.lower():
        # It was renamed: its old name leads to it only until somebody else takes that name.
        # https://docs.github.com/en/repositories/creating-and-managing-repositories/renaming-a-repository
        return _follow_rename(services, ticket, issue.repo)
    return _compare(services, ticket, issue)


def _compare(services: Services, ticket: Ticket, issue: IssueText) -> Ticket:
    if ticket.remote.pull:
        pull = services.repository(ticket).read_pull(ticket.remote.pull)
        if pull.merged:
            return end_on_github(ticket, Stage.MERGED, _describe_merge(ticket, pull))
        if pull.closed:
            return end_on_github(ticket, Stage.CLOSED, messages.closed_on_github("pull request"))
        moved = pull.head_sha != ticket.remote.head or ticket.remote.adopt_pushed
        if moved and ticket.stage in _OUR_HEAD:
            return check_push(services, ticket, pull)
    if issue.state == "closed":
        return end_on_github(ticket, Stage.CLOSED, messages.closed_on_github("issue"))
    return _note_edit(ticket, issue)


def _describe_merge(ticket: Ticket, pull: Pull) -> str:
    """A person may merge a pull request at its gate, where there is only the plan in it."""
    only_plan = has_only_plan(ticket) and pull.head_sha == ticket.remote.head
    if not only_plan:
        return messages.MERGED
    return messages_branch.merged_unbuilt(ticket.remote.branch, pull.base_ref)


def _follow_rename(services: Services, ticket: Ticket, repo: str) -> Ticket:
    where = services.account.open_repository(repo).read_location()
    if where.repo_id != ticket.where.repo_id:
        raise NotFoundError(f"{repo} is another repository now", status=404)
    return replace(ticket, where=where)


def _note_edit(ticket: Ticket, issue: IssueText) -> Ticket:
    """Say once that an edit of the issue's text comes too late for the plan."""
    mark = edited_text_key(hash_text(issue.title, issue.body))
    same = (issue.title, issue.body) == (ticket.title, ticket.body)
    if same or not ticket.progress.round or ticket.was_handled(mark):
        return ticket
    return replace(ticket, reply=messages.TEXT_AFTER_PLAN).with_handled(mark)
