"""Has tickets follow their repository when it is renamed or transferred to another owner."""

import logging
from dataclasses import replace
from functools import partial

from bot.github.errors import NotFoundError
from bot.github.webhooks import Where
from bot.ticket.keys import repo_id_mark, repo_name_mark
from bot.ticket.model import Ticket, repo_key
from runners.tickets.services import Services

log = logging.getLogger("bricklayer")


def follow_rename(services: Services, repo: str, repo_id: int, installation: int = 0) -> None:
    """`repo` is the name under which the repository with that id was met.

    GitHub is asked only where its tickets have another name: a delivery may be from before the
    rename, and an old name may belong to a new repository by now.
    https://docs.github.com/en/repositories/creating-and-managing-repositories/renaming-a-repository
    """
    mark, known = repo_name_mark(repo_id), f"{repo} {installation}"
    if not repo_id or services.tickets.read_mark(mark) == known:
        return
    tickets = services.tickets.list_tickets(str(repo_id))
    if any(not _is_at(ticket, repo, installation) for ticket in tickets):
        try:
            where = services.account.open_repository(repo, installation).read_location()
        except NotFoundError as exc:
            log.warning("%s: %s", repo, exc)
            return
        if where.repo_id == repo_id:
            note_location(services, repo, where)
        return
    services.tickets.write_mark(mark, known)
    services.tickets.write_mark(repo_id_mark(repo), str(repo_id))


def note_location(services: Services, repo: str, where: Where) -> None:
    """`where` is what GitHub says of the repository that answers to the name `repo`."""
    if repo.lower() != where.repo.lower():
        # Met by its old name: its new owner may have another installation than the one asked with.
        where = replace(where, installation=0)
    mark, known = repo_name_mark(where.repo_id), f"{where.repo} {where.installation}"
    if services.tickets.read_mark(mark) != known:
        _move_tickets(services, where)
        services.tickets.write_mark(mark, known)
    for name in {repo.lower(), where.repo.lower()}:
        if services.tickets.read_mark(repo_id_mark(name)) != str(where.repo_id):
            services.tickets.write_mark(repo_id_mark(name), str(where.repo_id))


def _move_tickets(services: Services, where: Where) -> None:
    """`where` is what GitHub says of the repository now."""
    for ticket in services.tickets.list_tickets(repo_key(where)):
        if not _is_at(ticket, where.repo, where.installation):
            log.info("%s: is %s now", ticket.name, where.repo)
            services.tickets.change_ticket(ticket.key, partial(_move_to, where))
            services.wake(ticket.key)


def _is_at(ticket: Ticket, repo: str, installation: int) -> bool:
    same = ticket.where.repo.lower() == repo.lower()
    return same and installation in {0, ticket.where.installation}


def _move_to(where: Where, ticket: Ticket) -> Ticket:
    """With no installation known, GitHub is asked for the one of the new owner."""
    owners = {name.partition("/")[0].lower() for name in (where.repo, ticket.where.repo)}
    former = ticket.where.installation if len(owners) == 1 else 0
    return replace(ticket, where=replace(where, installation=where.installation or former))
