"""The sweep of tickets: finds what became of their issues, pull requests and comments.

A job that is over is followed for two weeks: a lesson is ticked after the merge, `/retry` takes up
what was cancelled, what was closed is opened again.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass

from bot.approval.permissions import label_matches
from bot.github.auth import parse_time
from bot.github.errors import MAX_PAUSE_SECONDS
from bot.github.rate_limits import MAX_LIMIT_SECONDS
from bot.github.repository import Repository
from bot.github.updates import Changed
from bot.github.webhooks import (
    NOBODY,
    Event,
    IssueText,
    Labeled,
    PullClosed,
    PullReopened,
    Reopened,
    Unlabeled,
)
from bot.ticket.keys import (
    label_mark,
    repo_id_mark,
    seen_mark,
    swept_mark,
    updated_etag_mark,
)
from bot.ticket.model import FOREVER, Ticket
from bot.ticket.model_choices import name_after_label
from bot.ticket.stages import Stage, is_over
from handlers.count_deaths import dispatch_counted
from handlers.find_tickets import wake_waiting
from handlers.sweep_comments import sweep_comments
from handlers.sweep_marks import Look, fingerprint, read_look, write_look
from handlers.sweep_reviews import find_unheard_reviews
from runners.tickets.services import Services
from runners.tickets.stage_building import is_queued
from runners.tickets.status_sync import forget_shown

FOLLOWED_SECONDS = 14 * 86_400.0
"""Seconds for which a job that is over is followed after the last change of it on GitHub."""
FULL_SWEEP_SECONDS = 600.0
"""Seconds after which jobs in review are looked at, whether or not a list tells of a change."""
MAX_REVIEWS_AT_ONCE = 4
"""Of a repository's jobs in review: of more, some wait for the next time."""
MAX_REVIEWS_AN_HOUR = 60
"""Of all repositories: each costs about ten calls, of the 5,000 an hour that GitHub gives.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""
_MOVING = frozenset({Stage.PLANNING, Stage.BUILDING, Stage.PUBLISHING, Stage.CI})
_LONG_AGO = "1970-01-01T00:00:00Z"


def sweep_tickets(services: Services, repository: Repository, repo: str) -> None:
    """Dispatch what nobody has handled yet on the jobs of a repository, and wake them."""
    repo_id = services.tickets.read_mark(repo_id_mark(repo))
    tickets = services.tickets.list_tickets(repo_id) if repo_id else []
    if not any(_is_followed(services, ticket) for ticket in tickets):
        return
    mark = updated_etag_mark(repo)
    look = read_look(services, mark)
    changed = repository.list_updated(look.etag, look.newest)
    due = _list_due(services, repo, tickets)
    for one in changed.entries if changed else ():
        if one.state == "closed":
            wake_waiting(services, tickets, one.number)
    for ticket in tickets:
        touched = changed is not None and _look_at(services, repository, ticket, changed)
        if not is_over(ticket.stage) and (touched or ticket.key in due):
            services.wake(ticket.key)
    sweep_comments(services, repository, repo, tickets)
    # Last: killed before this, the next sweep finds all of it once more.
    if changed:
        write_look(services, mark, Look("", changed.newest, changed.etag))


def _list_due(services: Services, repo: str, tickets: Sequence[Ticket]) -> frozenset[str]:
    """Keys of those to which something may have happened of which no list tells: a check ended."""
    now = services.now()
    moving = (t.key for t in tickets if _is_moving(t, now) or _is_overdue(t, now))
    return frozenset((*moving, *_take_reviews(services, repo, tickets)))


def _is_moving(ticket: Ticket, now: float) -> bool:
    """What waits for a person, for its turn or for the end of an outage is woken by those."""
    # The sweep got its answers: what met a short failure a moment ago need not wait any longer.
    was_short = ticket.outage == "unreachable" and now - ticket.outage_since < MAX_PAUSE_SECONDS
    waits_out = bool(ticket.outage) and not was_short
    at_rest = ticket.wake_at >= FOREVER or is_queued(ticket) or waits_out
    # Due in any stage: who heard a command for it was ended before the ticket was looked at.
    is_due = ticket.wake_at <= now and not ticket.paused and not is_over(ticket.stage)
    return (ticket.stage in _MOVING or is_due) and not at_rest


def _is_overdue(ticket: Ticket, now: float) -> bool:
    """Whether its pause is over and no clock has woken it, or ends when none could end."""
    # A run of Actions has no clock of its own for the jobs that an earlier run has left.
    is_late = bool(ticket.outage) and ticket.wake_at <= now
    # No pause is longer than a limit's: what ends later was noted before the clock was set back.
    never_ends = now + MAX_LIMIT_SECONDS < ticket.wake_at < FOREVER
    return is_late or (never_ends and (bool(ticket.outage) or is_queued(ticket)))


def _take_reviews(services: Services, repo: str, tickets: Sequence[Ticket]) -> list[str]:
    """Now and then the next few in review, each in its turn: a look costs several calls."""
    mark, now = swept_mark(repo), services.now()
    at, _, last = services.tickets.read_mark(mark).partition(" ")
    ago = now - float(at or 0.0)
    if 0 <= ago <= FULL_SWEEP_SECONDS:
        return []
    repos = services.tickets.count_repositories(Stage.REVIEW)
    seconds = repos * MAX_REVIEWS_AT_ONCE * 3600.0 / MAX_REVIEWS_AN_HOUR
    if 0 <= ago <= seconds:
        return []
    keys = sorted(t.key for t in tickets if t.stage is Stage.REVIEW and not t.outage)
    taken = [*(key for key in keys if key > last), *(key for key in keys if key <= last)]
    taken = taken[:MAX_REVIEWS_AT_ONCE]
    services.tickets.write_mark(mark, f"{now} {taken[-1] if taken else last}")
    return taken


def _is_followed(services: Services, ticket: Ticket) -> bool:
    if not is_over(ticket.stage):
        return True
    newest = _read_seen(services, ticket).newest
    return not newest or services.github_now() - parse_time(newest) < FOLLOWED_SECONDS


@dataclass(frozen=True, slots=True)
class _Seen:
    """Fingerprints of an issue and its pull request, and when each changed last."""

    issue: str = ""
    pull: str = ""
    issue_at: str = ""
    pull_at: str = ""
    labels: str = ""
    comments: int = 0

    @property
    def newest(self) -> str:
        return max(self.issue_at, self.pull_at)


def _read_seen(services: Services, ticket: Ticket) -> _Seen:
    """As the last sweep saw them; all empty where none has."""
    try:
        return _Seen(*json.loads(services.tickets.read_mark(seen_mark(ticket.key))))
    except (ValueError, TypeError):
        return _Seen()


def _look_at(
    services: Services, repository: Repository, ticket: Ticket, changed: Changed[IssueText]
) -> bool:
    """Whether anything has changed; what that was is dispatched."""
    entries = {one.number: one for one in changed.entries}
    issue, pull = entries.get(ticket.issue), entries.get(ticket.remote.pull)
    seen = _read_seen(services, ticket)
    is_gone = ticket.issue not in changed.listed and seen.issue_at > changed.oldest
    now = _Seen(
        fingerprint(issue) if issue else seen.issue,
        fingerprint(pull) if pull else seen.pull,
        issue.updated_at if issue else seen.issue_at or _LONG_AGO,
        pull.updated_at if pull else seen.pull_at or _LONG_AGO,
        json.dumps(sorted(issue.labels)) if issue else seen.labels,
        issue.comments if issue else seen.comments,
    )
    if now == seen:
        return is_gone
    for event in _find_events(services, repository, ticket, issue, pull):
        dispatch_counted(services, event)
    for event in _find_choices(services, repository, ticket, issue, seen):
        dispatch_counted(services, event)
    if pull and not is_over(ticket.stage):
        # What is said in a review changes its pull request, so only then are they looked at.
        for event in find_unheard_reviews(repository, ticket, seen.pull_at or _LONG_AGO):
            dispatch_counted(services, event)
    if now.comments < seen.comments:
        # Something was deleted there, and nobody tells what: it may be the status comment.
        forget_shown(services, ticket.key)
        services.wake(ticket.key)
    services.tickets.write_mark(seen_mark(ticket.key), json.dumps(astuple(now)))
    return True


def _find_events(
    services: Services,
    repository: Repository,
    ticket: Ticket,
    issue: IssueText | None,
    pull: IssueText | None,
) -> Iterator[Event]:
    if is_over(ticket.stage):
        yield from _find_changed_end(repository, ticket, issue, pull)
    elif issue and issue.state == "open":
        yield from _find_unlabeling(services, repository, ticket, issue)


def _find_unlabeling(
    services: Services, repository: Repository, ticket: Ticket, issue: IssueText
) -> Iterator[Event]:
    label = services.tickets.read_mark(label_mark(ticket.where.repo))
    if not label or any(label_matches(each, label) for each in issue.labels):
        return
    found = repository.find_unlabeling(issue.number, label)
    # Nobody is known where the label itself was deleted from the repository.
    if found and parse_time(found[1]) >= ticket.labelled_at:
        yield Unlabeled("issues", "unlabeled", ticket.where, found[0], issue, label)


def _find_choices(
    services: Services,
    repository: Repository,
    ticket: Ticket,
    issue: IssueText | None,
    seen: _Seen,
) -> Iterator[Event]:
    """Labels such as `bricklayer:local=big` that were set since the issue was seen last."""
    if not issue or not seen.labels or is_over(ticket.stage):
        return
    label = services.tickets.read_mark(label_mark(ticket.where.repo))
    for name in sorted({*issue.labels} - {*json.loads(seen.labels)}):
        named = name_after_label(name, label) if label else ""
        if named and (found := repository.find_labeling(issue.number, name)):
            yield Labeled("issues", "labeled", ticket.where, found[0], issue, name, found[1])


def _find_changed_end(
    repository: Repository, ticket: Ticket, issue: IssueText | None, pull: IssueText | None
) -> Iterator[Event]:
    """What was closed is open again, or was merged after all. The webhook's sender is not asked."""
    if ticket.stage not in {Stage.CLOSED, Stage.CANCELLED} or not (issue or pull):
        return
    issue = issue or repository.read_issue(ticket.issue)
    if not ticket.remote.pull:
        if issue.state == "open":
            yield Reopened("issues", "reopened", ticket.where, NOBODY, issue)
        return
    found = repository.read_pull(ticket.remote.pull)
    if found.merged:
        yield PullClosed("pull_request", "closed", ticket.where, NOBODY, found)
    elif not found.closed and issue.state == "open":
        yield PullReopened("pull_request", "reopened", ticket.where, NOBODY, found)
