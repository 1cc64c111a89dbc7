"""Deletes the references of jobs that are over: work in progress, and diffs that waited."""

import logging

from bot.errors import UserError
from bot.github.errors import NotFoundError, OutageError
from bot.github.mirror import Remote
from bot.github.repository import Repository
from bot.github.webhooks import Where
from bot.storage.answers import AnswerStore
from bot.ticket.keys import orphans_mark, progress_mark
from bot.ticket.model import Ticket, ticket_key
from bot.ticket.stages import Stage
from runners.tickets.services import Services

log = logging.getLogger("bricklayer")
ORPHANS_EVERY_SECONDS = 86_400.0
_ENDED = frozenset({Stage.MERGED, Stage.CLOSED, Stage.CANCELLED})
"""What is blocked may go on, and needs what it built."""


def note_progress(services: Services, ticket: Ticket) -> None:
    """From here on there may be a reference of it on the server, whatever ends this process."""
    if not services.tickets.read_mark(progress_mark(ticket.key)):
        services.tickets.write_mark(progress_mark(ticket.key), "pushed")


def drop_progress(services: Services, ticket: Ticket) -> None:
    """Once its job is over; where it fails, the next look or `drop_orphans` does it."""
    AnswerStore(services.tickets.engine).forget(ticket.key)
    if not services.tickets.read_mark(progress_mark(ticket.key)):
        return
    if _drop(services.open_mirror(ticket), ticket.issue):
        services.tickets.write_mark(progress_mark(ticket.key), "")


def _drop(remote: Remote, issue: int, seen: str = "") -> bool:
    """Whether the server has none now. What was pushed meanwhile is of a job that goes on."""
    try:
        seen = seen or remote.fetch_progress(issue)
        return not seen or remote.delete_progress(issue, seen)
    except (OutageError, UserError) as exc:
        log.warning("%s: not deleted: %s", remote.progress_ref(issue), exc)
        return False


def drop_orphans_daily(services: Services, repository: Repository, repo: str) -> None:
    """Not at the first look: a machine that has just lost its database makes its tickets again."""
    mark, now = orphans_mark(repo), services.now()
    told = services.tickets.read_mark(mark)
    if told and now - float(told) < ORPHANS_EVERY_SECONDS:
        return
    services.tickets.write_mark(mark, str(now))
    if told:
        drop_orphans(services, repository, repository.read_location())


def drop_orphans(services: Services, repository: Repository, where: Where) -> tuple[str, ...]:
    """Delete what jobs left that ended while nobody saw it; the names of what was deleted."""
    remote = services.open_mirror(Ticket(where, 0))
    dropped = []
    for ref, sha in remote.list_own_refs().items():
        issue = int(ref.rpartition("/")[2])
        if not _is_over(services, repository, where, issue):
            continue
        if ref == remote.waiting_ref(issue):
            remote.drop_waiting(issue)
        elif not _drop(remote, issue, sha):
            continue
        log.info("%s: %s deleted: its job is over", where.repo, ref)
        dropped.append(ref)
    return tuple(dropped)


def _is_over(services: Services, repository: Repository, where: Where, issue: int) -> bool:
    """Of an issue without a job here the job may be another machine's, while it is open."""
    if ticket := services.tickets.find_ticket(ticket_key(where, issue)):
        return ticket.stage in _ENDED
    try:
        return repository.read_issue(issue).state == "closed"
    except NotFoundError:
        return True
