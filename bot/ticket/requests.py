"""Words that wait to be worked in: which do, and how one is answered and done with. Pure."""

from dataclasses import replace

from bot.ticket.hear_words import with_answer
from bot.ticket.keys import HandledKey
from bot.ticket.model import Ticket
from bot.ticket.places import Request
from bot.ticket.progress import Round


def list_waiting(ticket: Ticket) -> tuple[Request, ...]:
    return tuple(request for request in ticket.requests if not request.taken)


def answer_request(ticket: Ticket, request: Request, text: str) -> Ticket:
    """Answered where it was said, and done with."""
    return tell_request(drop_request(ticket, request), request, text)


def tell_request(ticket: Ticket, request: Request, text: str) -> Ticket:
    """Something is said about it at its place; it goes on waiting."""
    key = HandledKey(f"{request.kind} {request.id}")
    return with_answer(ticket, request.place, f"@{request.by}: {text}", key)


def drop_request(ticket: Ticket, request: Request) -> Ticket:
    left = tuple(each for each in ticket.requests if each != request)
    return replace(ticket, requests=left)


def round_name(round_: Round) -> str:
    """By which a request knows the round that works it in."""
    return f"{round_.kind} {round_.number}"
