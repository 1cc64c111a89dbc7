"""Asks GitHub for what no webhook delivered: labels, comments, ticks; then wakes the tickets.

GitHub does not deliver again by itself what failed, and a machine behind NAT gets no webhook:
https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
A repository where nothing has changed costs nothing: an answer of 304 is not counted.
https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

import datetime as dt
import logging
from collections.abc import Iterator

from bot.github.auth import parse_time
from bot.github.errors import GitHubError, RateLimitedError
from bot.github.repository import Repository
from bot.github.webhooks import NOBODY, Comment, Commented, IssueText, Labeled, Where
from bot.ticket.addressing import names
from bot.ticket.authorship import is_ours
from bot.ticket.commands import parse_commands
from bot.ticket.keys import (
    label_mark,
    labelled_etag_mark,
    looked_mark,
    swept_mark,
    updated_etag_mark,
)
from bot.ticket.model import Ticket, ticket_key
from bot.ticket.stages import Stage, is_over
from bot.ticket.status_comment import find_ticked_notes
from handlers.dispatch import dispatch_event
from handlers.find_tickets import find_ticket, read_label
from handlers.sweep_reviews import find_unheard_reviews
from runners.tickets.services import Services

log = logging.getLogger("bricklayer")
FULL_SWEEP_SECONDS = 600.0
"""Seconds after which everything is looked at, whether or not GitHub says that it changed."""
_MOVING = frozenset({Stage.PLANNING, Stage.BUILDING, Stage.PUBLISHING, Stage.CI})
OVERLAP_SECONDS = 300.0
"""Seconds that two sweeps look at together: clocks differ; a comment is dealt with only once."""
SAME_LABEL_SECONDS = 10.0
"""Seconds within which the label that a webhook told and the one GitHub lists are the same."""


def sweep(services: Services, only_repo: str = "") -> dict[str, GitHubError]:
    """One pass over every repository, or `only_repo`; returns those that could not be looked at.

    Raises RateLimitedError: nothing more may be asked.
    """
    failures: dict[str, GitHubError] = {}
    for repo in [only_repo] if only_repo else services.account.list_repos().repos:
        try:
            repository = services.account.open_repository(repo)
            _labels(services, repository, repo)
            _tickets(services, repository, repo)
        except RateLimitedError:
            raise
        except GitHubError as exc:
            log.warning("%s: %s", repo, exc)
            failures[repo] = exc
    return failures


def _labels(services: Services, repository: Repository, repo: str) -> None:
    """Every labelled issue without a job gets what the webhook of its label would have begun."""
    label = services.tickets.read_mark(label_mark(repo)) or read_label(
        services, repository.read_location()
    )
    mark = labelled_etag_mark(repo)
    issues, etag = repository.list_labelled_issues(label, services.tickets.read_mark(mark))
    if issues is None:
        return
    if issues:
        where = repository.read_location()
        label = read_label(services, where)
        for issue in issues:
            _labeled(services, repository, where, issue, label)
    services.tickets.write_mark(mark, etag)


def _labeled(
    services: Services, repository: Repository, where: Where, issue: IssueText, label: str
) -> None:
    mark = looked_mark(ticket_key(where.repo, issue.number))
    if issue.is_pull or services.tickets.read_mark(mark) == f"{label} {issue.updated_at}":
        # An issue template sets labels for anybody who uses it, so there may be thousands:
        # https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/configuring-issue-templates-for-your-repository
        return
    _dispatch_label(services, repository, where, issue, label)
    services.tickets.write_mark(mark, f"{label} {issue.updated_at}")


def _dispatch_label(
    services: Services, repository: Repository, where: Where, issue: IssueText, label: str
) -> None:
    """Dispatch the label as its webhook would have, unless that was handled already."""
    ticket = find_ticket(services, where, issue, ask_github=True)
    if ticket and not is_over(ticket.stage):
        return
    labelled = repository.find_labeling(issue.number, label)
    if labelled is None:
        return
    person, at = labelled
    if ticket and parse_time(at) <= ticket.labelled_at + SAME_LABEL_SECONDS:
        return  # the label of the job that is over
    edited = repository.edited_since(issue.number, at)
    # Without a history of edits the issue's last change of any kind may have been one.
    trusted = parse_time(issue.updated_at) <= parse_time(at) if edited is None else not edited
    event = Labeled("issues", "labeled", where, person, issue, label, at)
    dispatch_event(services, event, trusted=trusted)


def _tickets(services: Services, repository: Repository, repo: str) -> None:
    """Dispatch the comments on open jobs that nobody has handled, and wake the jobs."""
    open_tickets = [t for t in services.tickets.list_tickets(repo) if not is_over(t.stage)]
    if not open_tickets:
        return
    mark, etag_mark = swept_mark(repo), updated_etag_mark(repo)
    since, now = float(services.tickets.read_mark(mark) or 0.0), services.now()
    is_full = now - since > FULL_SWEEP_SECONDS
    changed, etag = repository.list_updated(
        "" if is_full else services.tickets.read_mark(etag_mark)
    )
    for ticket in open_tickets:
        touched = is_full or bool({ticket.issue, ticket.remote.pull} & (changed or frozenset()))
        # `since` is about the last update, so it finds edits, too:
        # https://docs.github.com/en/rest/issues/comments#list-issue-comments
        at = max(since - OVERLAP_SECONDS, 0.0)
        written = dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for event in _unheard_comments(repository, ticket, written) if touched else ():
            dispatch_event(services, event)
        # What is said in a review changes its pull request, so only then are they looked at.
        reviewed = ticket.remote.pull in (changed or frozenset())
        for spoken in find_unheard_reviews(repository, ticket, written) if reviewed else ():
            dispatch_event(services, spoken)
        if touched or ticket.stage in _MOVING:
            services.wake(ticket.key)
    services.tickets.write_mark(etag_mark, etag)
    if is_full:
        services.tickets.write_mark(mark, str(now))


def _unheard_comments(repository: Repository, ticket: Ticket, at: str) -> Iterator[Commented]:
    """Those for the bot, changed since `at`, that were not handled; its own where it is ticked."""
    me = repository.own_account()
    for number in filter(None, (ticket.issue, ticket.remote.pull)):
        for comment in repository.list_comments(number, at):
            is_own = is_ours(comment.author, comment.body, me)
            is_ticked = (
                is_own
                and comment.id == ticket.remote.status_comment
                and find_ticked_notes(comment.body)
            )
            is_for_us = not is_own and (parse_commands(comment.body) or names(comment.body, me))
            if is_ticked or (is_for_us and not ticket.has_heard(comment.id)):
                yield _commented(repository, ticket, comment, number)


def _commented(repository: Repository, ticket: Ticket, comment: Comment, number: int) -> Commented:
    """The event as its webhook would have it: its sender is who edited the comment last."""
    editor, at = repository.find_comment_editor(comment.id)
    issue = repository.read_issue(number)
    sender = editor or (NOBODY if at else comment.author)
    action = "edited" if at else "created"
    return Commented("issue_comment", action, ticket.where, sender, issue, comment, bool(at))
