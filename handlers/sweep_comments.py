"""The sweep of comments on jobs' issues and pull requests: finds those that no webhook told."""

import datetime as dt

from bot.github.repository import Repository
from bot.github.webhooks import NOBODY, Comment, Commented, IssueText
from bot.ticket.authorship import is_ours
from bot.ticket.keys import comments_etag_mark
from bot.ticket.model import Ticket
from bot.ticket.status_comment import find_ticked_notes
from handlers.count_deaths import dispatch_counted
from handlers.decisions import DecisionContext, comment_needs_permission
from handlers.sweep_marks import Look, read_look, write_look
from runners.tickets.services import Services

FIRST_LOOK_SECONDS = 14 * 86_400.0
"""Seconds: no older comment is looked at where no sweep has looked before."""


def sweep_comments(
    services: Services, repository: Repository, repo: str, tickets: list[Ticket]
) -> None:
    """Dispatch the comments that nobody has handled, and our own where a box was ticked."""
    mark = comments_etag_mark(repo)
    look = read_look(services, mark)
    begin = dt.datetime.fromtimestamp(services.github_now() - FIRST_LOOK_SECONDS, dt.UTC)
    since = look.newest or begin.strftime("%Y-%m-%dT%H:%M:%SZ")
    changed = repository.list_updated_comments(look.etag, since)
    if changed is None:
        return
    by_number: dict[int, list[Ticket]] = {}
    for ticket in tickets:
        for number in {ticket.issue, ticket.remote.pull} - {0}:
            by_number.setdefault(number, []).append(ticket)
    me = repository.own_account()
    for number, comment in changed.entries:
        for ticket in by_number.get(number, ()):
            context = DecisionContext("", me, ticket=ticket)
            if _is_unheard(ticket, comment, context) and not _is_refused(services, ticket, comment):
                dispatch_counted(services, _commented(repository, ticket, comment, number))
    write_look(services, mark, Look("", changed.newest, changed.etag))


def _is_refused(services: Services, ticket: Ticket, comment: Comment) -> bool:
    """Whether it is not even asked about: to make an event of it takes requests to GitHub."""
    return services.refusals.is_reached(comment.author.id, ticket.where.repo, services.now())


def _is_unheard(ticket: Ticket, comment: Comment, context: DecisionContext) -> bool:
    if is_ours(comment.author, comment.body, context.bot_account):
        is_status = comment.id == ticket.remote.status_comment
        return is_status and bool(find_ticked_notes(comment.body))
    said = Commented("issue_comment", "created", ticket.where, comment.author, _NO_ISSUE, comment)
    return not ticket.has_heard(comment.id) and comment_needs_permission(said, context)


_NO_ISSUE = IssueText(0, "", "", NOBODY, (), "", "", is_pull=False)
"""For a question that does not depend on the issue."""


def _commented(repository: Repository, ticket: Ticket, comment: Comment, number: int) -> Commented:
    """The event as its webhook would have it: its sender is who edited the comment last."""
    is_edited = comment.updated_at != comment.created_at
    editor, at = repository.find_comment_editor(comment.id) if is_edited else (None, "")
    issue = repository.read_issue(number)
    sender = editor or (NOBODY if at else comment.author)
    action = "edited" if at else "created"
    return Commented("issue_comment", action, ticket.where, sender, issue, comment, bool(at))
