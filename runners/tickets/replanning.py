"""What the planner sees beside the issue, and who is told of a plan that was written anew."""

from collections.abc import Iterable
from dataclasses import replace

from bot.plan.rework_plan import Said, quote_whole
from bot.ticket import messages_review
from bot.ticket.model import Ticket
from bot.ticket.places import Request
from bot.ticket.requests import answer_request, list_waiting
from runners.tickets.read_words import read_issue_comments, read_request
from runners.tickets.services import Services

COMMENTS_SHARE = 4
"""The part of the planner's window, one in so many, that comments on the issue may take."""

_CHANGE = (
    "It is to be changed as people with write access ask, the newest words first; where two differ"
    " the newer ones hold. Write the whole plan anew, and keep what nobody objects to:"
)


def list_wishes(ticket: Ticket) -> tuple[Request, ...]:
    return tuple(request for request in list_waiting(ticket) if request.ask == "change")


def read_background(services: Services, ticket: Ticket, plan: str) -> tuple[str, int]:
    """For the prompt, and how many comments had no room in it. `plan`: the one to be changed."""
    tier = services.settings.tiers.get("planner")
    room = (tier.context - tier.answer) // COMMENTS_SHARE if tier else 0
    comments = read_issue_comments(services, ticket, room)
    wishes = [read_request(services, ticket, each) for each in list_wishes(ticket)] if plan else []
    parts = (comments.render(), *_show_wishes(plan, filter(None, reversed(wishes))))
    return "\n\n".join(filter(None, parts)), comments.left_out


def _show_wishes(plan: str, wishes: Iterable[Said]) -> tuple[str, ...]:
    if not plan:
        return ()
    said = [f"@{each.by}:\n\n{quote_whole(each.words)}" for each in wishes]
    return (
        f"Your plan for it, which waits for approval:\n\n{quote_whole(plan)}",
        _CHANGE,
        *said,
    )


def answer_wishes(ticket: Ticket, text: str) -> Ticket:
    """All whose words were in view are told."""
    for request in list_wishes(ticket):
        ticket = answer_request(ticket, request, text)
    return ticket


def tell_left_out(ticket: Ticket, count: int) -> Ticket:
    if not count:
        return ticket
    told = messages_review.comments_left_out(count)
    return replace(ticket, reply="\n".join(filter(None, (ticket.reply, told))))
