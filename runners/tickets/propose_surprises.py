"""Proposes a coaching note where the same surprised the models of three tasks of a repository."""

from dataclasses import replace

from bot.coaching.read_coaching import read_coaching
from bot.github.urls import web_url
from bot.storage.surprises import SurpriseStore
from bot.text.secrets import redact
from bot.ticket.model import Proposal, Ticket, repo_key
from bot.ticket.surprise_proposals import Origin, find_repeated, propose_repeated
from runners.tickets.services import Services


def propose_surprises(services: Services, ticket: Ticket) -> Ticket:
    """The ticket with a note for each; a person ticks it, or nothing comes of it.

    What a note is made of is claimed for the ticket first, so that after a kill the same note is
    made again, and no other ticket makes it of the same.
    """
    if not ticket.remote.pull:
        return ticket
    store = SurpriseStore(services.tickets.engine)
    if repeated := find_repeated(store.list_open(repo_key(ticket.where))):
        store.claim(repeated, ticket.key)
    told = store.list_claimed(ticket.key)
    if not told:
        return ticket
    known = _list_known(services, ticket)
    made = propose_repeated(told, _find_origin(services, ticket), known)
    secrets = services.account.known_secrets()
    shown = (_redact_quotes(proposal, secrets) for proposal in made)
    return replace(ticket, notes=(*ticket.notes, *shown)) if made else ticket


def _list_known(services: Services, ticket: Ticket) -> frozenset[str]:
    """Lessons that the repository has, or that this ticket proposes already."""
    written = read_coaching(services.open_mirror(ticket).repo, ticket.remote.base).notes
    return frozenset(note.lesson for note in (*written, *(each.note for each in ticket.notes)))


def _find_origin(services: Services, ticket: Ticket) -> Origin:
    pages = f"{web_url(services.settings.github.api_url)}/{ticket.where.repo}"
    author = services.account.own_account().login
    return Origin(f"{pages}/pull/{ticket.remote.pull}", author, ticket.remote.head)


def _redact_quotes(proposal: Proposal, secrets: tuple[str, ...]) -> Proposal:
    return replace(proposal, quotes=tuple(redact(quote, secrets) for quote in proposal.quotes))
