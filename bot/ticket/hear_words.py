"""What a person's words make of a ticket: commands run, wishes wait, answers go out. Pure."""

import hashlib
from dataclasses import replace

from bot.ticket.actions import AddRequest, Notify, RunCommand
from bot.ticket.apply_command import apply_command
from bot.ticket.authorship import BOT_MARK
from bot.ticket.keys import HandledKey
from bot.ticket.messages_review import state_of_job
from bot.ticket.model import Ticket
from bot.ticket.places import PendingAnswer, Place
from bot.ticket.replies import add_reply


def hear_words(ticket: Ticket, action: RunCommand | Notify | AddRequest) -> Ticket:
    """For an action that was not heard before. An answer is given where the words were said."""
    if isinstance(action, AddRequest):
        requests = (*ticket.requests, action.request)
        return replace(ticket, requests=requests, wake_at=0.0).with_handled(action.handled_key)
    if isinstance(action, Notify):
        heard = ticket.with_handled(action.handled_key)
        if action.place is None:
            return replace(heard, reply=add_reply(ticket.reply, action.text))
        return with_answer(heard, action.place, action.text, action.handled_key)
    if action.place is None:
        return apply_command(ticket, action)
    # The status comment is on another page: there, its reply would tell nobody.
    after = apply_command(replace(ticket, reply=""), action)
    text = after.reply or after.why
    if action.command.name == "status" or not text:
        text = f"@{action.by.login}: {state_of_job(after)}"
    return with_answer(replace(after, reply=ticket.reply), action.place, text, action.handled_key)


def with_answer(ticket: Ticket, place: Place, text: str, key: HandledKey) -> Ticket:
    """The ticket with one more answer to post, found again by what it answers."""
    digest = hashlib.sha256(f"{key}\0{text}".encode(errors="replace")).hexdigest()[:16]
    answer = PendingAnswer(place, text, f"{BOT_MARK}answer {key} {digest} -->")
    return replace(ticket, outbox=(*ticket.outbox, answer))
