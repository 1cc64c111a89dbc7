"""Finds the tickets an event may be about, and the label that starts jobs in a repository."""

import logging
from collections.abc import Callable, Iterable, Iterator

from bot.approval.permissions import label_matches
from bot.errors import GitError, UserError
from bot.github.errors import AccountError, UnavailableError
from bot.github.webhooks import (
    Checked,
    Closed,
    CommentDeleted,
    Commented,
    Edited,
    Event,
    IssueText,
    Labeled,
    Moved,
    Pushed,
    Reopened,
    Unlabeled,
    Where,
)
from bot.ticket.commands import may_hold_command, parse_commands
from bot.ticket.hidden_line import VERSIONS_AHEAD
from bot.ticket.keys import label_mark
from bot.ticket.model import Ticket, repo_key, ticket_key
from bot.ticket.stages import Stage
from runners.project import load_repo_config
from runners.tickets.newer_comment import find_newer
from runners.tickets.restore import restore_ticket
from runners.tickets.services import Services

log = logging.getLogger("bricklayer")


def find_tickets(
    services: Services, event: Event, can_write_now: Callable[[], bool]
) -> Iterator[Ticket | None]:
    """Those the event may be about; None for an issue that has none yet.

    Only for a writer's words, and for an issue that has our label, is GitHub asked whether there
    was a ticket that has been lost.
    """
    if isinstance(event, Labeled | Unlabeled | Edited | Closed | Reopened):
        # Nothing sweeps a closed issue, so what is lost of it would stay lost.
        ask_github = (
            can_write_now() if isinstance(event, Labeled) else _has_our_label(services, event)
        )
        yield find_ticket(services, event.where, event.issue, ask_github=ask_github)
        return
    if isinstance(event, Moved):
        return
    # Nothing of a comment is parsed before it is known that a writer wrote it.
    if (
        isinstance(event, Commented)
        and _may_be_of_lost_ticket(services, event)
        and can_write_now()
        and parse_commands(event.comment.body)
    ):
        find_ticket(services, event.where, event.issue, ask_github=True)
    if isinstance(event, Pushed) and event.ref == f"refs/heads/{event.where.default_branch}":
        yield from _list_mergeable(services, event.where)
    yield from services.tickets.list_tickets(repo_key(event.where), **_event_filter(event))


def _may_be_of_lost_ticket(services: Services, event: Commented) -> bool:
    if event.issue.is_pull or not may_hold_command(event.comment.body):
        return False
    return not services.tickets.find_ticket(ticket_key(event.where, event.issue.number))


def _has_our_label(services: Services, event: Unlabeled | Edited | Closed | Reopened) -> bool:
    """Only who may triage sets labels, so a stranger's issue has ours only if one of them did."""
    if not event.issue.labels or services.tickets.find_ticket(
        ticket_key(event.where, event.issue.number)
    ):
        return False
    label = read_label(services, event.where)
    return any(label_matches(each, label) for each in event.issue.labels)


def wake_waiting(services: Services, tickets: Iterable[Ticket], number: int) -> None:
    """Have those looked at whose issue waits for that one of the same repository."""
    for ticket in tickets:
        if f"#{number}" in ticket.waits_for:
            services.wake(ticket.key)


def _list_mergeable(services: Services, where: Where) -> Iterator[Ticket]:
    """Those that wait to be merged: what was pushed to the base may conflict with them."""
    for ticket in services.tickets.list_tickets(repo_key(where)):
        if ticket.stage in {Stage.CI, Stage.REVIEW}:
            yield ticket


def _event_filter(event: Event) -> dict[str, int | str]:
    """Which tickets an event may be about."""
    if isinstance(event, Commented | CommentDeleted):
        # A comment on a pull request comes as one on an issue, with the pull request's number:
        # https://docs.github.com/en/webhooks/webhook-events-and-payloads#issue_comment
        return {"issue": event.issue.number, "pull": event.issue.number}
    if isinstance(event, Checked):
        return {"head": event.sha}
    if isinstance(event, Pushed):
        # A push names the whole ref, refs/heads/NAME: https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
        return {"branch": event.ref.removeprefix("refs/heads/")}
    return {"pull": event.pull.number}  # type: ignore[attr-defined]  # the others have one


def find_ticket(
    services: Services, where: Where, issue: IssueText, *, ask_github: bool
) -> Ticket | None:
    """The ticket of an issue, with `ask_github` restored from its comment if lost."""
    ticket = services.tickets.find_ticket(ticket_key(where, issue.number))
    if ticket or not ask_github:
        return ticket
    found = restore_ticket(services, where, issue)
    if found is None:
        return None
    version = find_newer(services, found)
    if services.tickets.add_ticket(found, version + VERSIONS_AHEAD if version else 1):
        log.info("%s: restored", found.name)
    return found


def read_label(services: Services, where: Where) -> str:
    """The label of the default branch's config; `bricklayer` where there is no config.

    The config is fetched at most once a minute: each label event of each issue asks for it.
    """
    mark = label_mark(where.repo)
    known_label, label = services.tickets.read_mark(mark), "bricklayer"
    if known_label and not services.is_fetch_due(where.repo):
        return known_label
    try:
        remote = services.open_mirror(Ticket(where, 0))
        remote.fetch()
        if base := remote.fetched_head(where.default_branch):
            label = load_repo_config(remote.repo, remote.repo.git_dir, base).label
    except UserError as exc:
        log.warning("%s: no config: %s", where.repo, exc)
    except (GitError, UnavailableError, AccountError) as exc:
        log.warning("%s: its config cannot be fetched: %s", where.repo, exc)
        # Not reached now: the label that was read last is likelier than the usual one.
        label = known_label or label
    if known_label != label:
        services.tickets.write_mark(mark, label)
    return label
