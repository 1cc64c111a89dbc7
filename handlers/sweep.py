"""Asks GitHub for what no webhook delivered, and dispatches it as its webhook would have been.

GitHub does not deliver again by itself what failed, and a machine behind NAT gets no webhook:
https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
A repository where nothing has changed costs nothing: an answer of 304 is not counted.
https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

import logging
from collections.abc import Callable
from dataclasses import replace

from bot.github.auth import parse_time
from bot.github.errors import GitHubError, RateLimitedError
from bot.github.repository import Repository
from bot.github.types import Watched
from bot.github.webhooks import IssueText, Labeled, PullLabeled, Where
from bot.logs.fields import log_fields
from bot.ticket.keys import label_mark, labelled_etag_mark, looked_mark, repo_id_mark
from bot.ticket.model import ticket_key
from bot.ticket.stages import is_over
from handlers.count_deaths import dispatch_counted
from handlers.find_tickets import find_ticket, read_label
from handlers.follow_renames import follow_rename, note_location
from handlers.sweep_marks import fingerprint, read_look, write_look
from handlers.sweep_tickets import FOLLOWED_SECONDS, sweep_tickets
from runners.tickets.drop_progress import drop_orphans_daily
from runners.tickets.services import Services

log = logging.getLogger("bricklayer")
SAME_LABEL_SECONDS = 10.0
"""Seconds within which the label that a webhook told and the one GitHub lists are the same."""


def sweep(
    services: Services, only_repo: str = "", beat: Callable[[], None] = lambda: None
) -> dict[str, GitHubError]:
    """One pass over every repository, or `only_repo`; returns those that could not be looked at.

    `beat` is called before each, as a pass over many takes long. Raises RateLimitedError: nothing
    more may be asked.
    """
    failures: dict[str, GitHubError] = {}
    watched = Watched((only_repo,)) if only_repo else services.account.list_repos()
    for repo in watched.repos:
        beat()
        with log_fields(repository=repo):
            if failure := _sweep_repo(services, repo, watched):
                failures[repo] = failure
    return failures


def _sweep_repo(services: Services, repo: str, watched: Watched) -> GitHubError | None:
    """What kept it from being looked at."""
    try:
        repository = services.account.open_repository(repo)
        # What only the settings name is known by the id that it had.
        told = services.tickets.read_mark(repo_id_mark(repo))
        if known_id := watched.ids.get(repo, 0) or int(told or 0):
            follow_rename(services, repo, known_id, repository.installation)
        _sweep_labels(services, repository, repo)
        sweep_tickets(services, repository, repo)
        drop_orphans_daily(services, repository, repo)
    except RateLimitedError:
        raise
    except GitHubError as exc:
        log.warning("%s: %s", repo, exc)
        return exc
    return None


def _sweep_labels(services: Services, repository: Repository, repo: str) -> None:
    """Every labelled issue without a job gets what the webhook of its label would have begun."""
    label = services.tickets.read_mark(label_mark(repo)) or read_label(
        services, repository.read_location()
    )
    mark = labelled_etag_mark(repo)
    look = read_look(services, mark, label)
    changed = repository.list_labelled(label, look.etag, look.newest)
    if changed is None:
        return
    if changed.entries:
        where = repository.read_location()
        note_location(services, repo, where)
        label = read_label(services, where)
        for issue in changed.entries:
            _look_at_labelled(services, repository, where, issue, label)
    write_look(services, mark, replace(look, etag=changed.etag, newest=changed.newest))


def _look_at_labelled(
    services: Services, repository: Repository, where: Where, issue: IssueText, label: str
) -> None:
    mark = looked_mark(ticket_key(where, issue.number))
    seen = f"{label} {fingerprint(issue)}"
    if services.tickets.read_mark(mark) == seen:
        # An issue template sets labels for anybody who uses it, so there may be thousands:
        # https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/configuring-issue-templates-for-your-repository
        return
    if issue.is_pull:
        _dispatch_pull_label(services, repository, where, issue, label)
    elif issue.state != "closed":
        _dispatch_label(services, repository, where, issue, label)
    elif services.github_now() - parse_time(issue.updated_at) > FOLLOWED_SECONDS:
        return
    else:
        # Its job is over. Where the database was lost, what is said to it now finds it again.
        find_ticket(services, where, issue, ask_github=True)
    services.tickets.write_mark(mark, seen)


def _dispatch_pull_label(
    services: Services, repository: Repository, where: Where, issue: IssueText, label: str
) -> None:
    if issue.state == "open" and (found := repository.find_labeling(issue.number, label)):
        pull = repository.read_pull(issue.number)
        event = PullLabeled("pull_request", "labeled", where, found[0], pull, label)
        dispatch_counted(services, event)


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
    dispatch_counted(services, event, trusted=trusted)
