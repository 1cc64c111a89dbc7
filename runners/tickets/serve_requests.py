"""Takes up words that wait: questions are answered, wishes go where the job's stage has them."""

from dataclasses import replace

from bot.plan.rework_plan import quote_whole
from bot.ticket import messages_review
from bot.ticket.keys import HandledKey
from bot.ticket.model import Ticket
from bot.ticket.places import Request
from bot.ticket.reopen import has_built_pull
from bot.ticket.requests import answer_request, drop_request, list_waiting, tell_request
from bot.ticket.stages import Stage, is_over
from runners.tickets.answer_questions import answer_question
from runners.tickets.read_words import read_request
from runners.tickets.services import Services


def serve_requests(services: Services, ticket: Ticket) -> Ticket:
    """The ticket after one step for the words that wait; the same where none asks for one now.

    Wishes in the stage of review are worked in there, as the threads are.
    """
    if is_over(ticket.stage):
        for request in ticket.requests:
            ticket = answer_request(ticket, request, messages_review.ended_before(ticket.stage))
        return ticket
    waiting = list_waiting(ticket)
    for request in waiting:
        if request.ask == "question":
            return _answer(services, ticket, request)
    if not waiting:
        return ticket
    if ticket.stage is Stage.APPROVAL:
        return begin_replanning(ticket)
    return _tell_blocked(ticket, waiting[0]) if ticket.stage is Stage.BLOCKED else ticket


def begin_replanning(ticket: Ticket) -> Ticket:
    """Another plan is written, with the words in view; what was approved is approved no more."""
    approval = replace(ticket.approval, key="", granted_key="", granted_by="")
    planning = ticket.move_to(Stage.PLANNING, messages_review.REPLANNING)
    return replace(planning, approval=approval)


def _answer(services: Services, ticket: Ticket, request: Request) -> Ticket:
    said = read_request(services, ticket, request)
    if said is None:
        return drop_request(ticket, request)
    words = f"@{said.by}:\n\n{quote_whole(said.words)}"
    ticket, text = answer_question(services, ticket, words)
    return answer_request(ticket, request, text)


def _tell_blocked(ticket: Ticket, request: Request) -> Ticket:
    """Once for each: it waits until somebody takes the job up again."""
    told = HandledKey(f"told:{request.kind}:{request.id}")
    if ticket.was_handled(told):
        return ticket
    # Only comments on the issue are shown to a planner that begins anew.
    is_plan = not has_built_pull(ticket) and request.place.kind == "issue"
    text = messages_review.BLOCKED_PLAN_FIRST if is_plan else messages_review.BLOCKED_FIRST
    return tell_request(ticket, request, text).with_handled(told)
