"""Decides what is said to who edits a comment that was heard already.

An edit of a comment starts nothing: its time is that of the first version, and the sweep, which
stands in for a lost webhook, cannot tell what it said before.
"""

from typing import TYPE_CHECKING

from bot.github.webhooks import Commented
from bot.ticket import messages, messages_words
from bot.ticket.actions import Action, Notify, React, Wake
from bot.ticket.commands import parse_commands, without_commands
from bot.ticket.keys import edited_comment_key
from bot.ticket.model import hash_text
from bot.ticket.places import Place
from bot.ticket.words import read_ask

if TYPE_CHECKING:
    from handlers.decisions import DecisionContext


def decide_late_edit(event: Commented, context: "DecisionContext") -> tuple[Action, ...]:
    """Say once that it was not heard, where it now asks for something that it did not before."""
    ticket, comment = context.ticket, event.comment
    if ticket is None or not event.edited or not context.sender_can_write:
        return (Wake(),)
    # Words that still wait are read when it is their turn, as they are by then.
    waits = any(one.kind == "comment" and one.id == comment.id for one in ticket.requests)
    new = set(parse_commands(comment.body)) - set(parse_commands(event.before))
    words, before = without_commands(comment.body), without_commands(event.before)
    asks = not waits and words.split() != before.split() and read_ask(words) != "nothing"
    key = edited_comment_key(comment.id, hash_text("", comment.body)[:12])
    if not (new or asks) or not event.before or ticket.was_handled(key):
        return (Wake(),)
    place = Place("pull" if event.issue.is_pull else "issue")
    said = messages.address_to(event.sender, messages_words.EDIT_NOT_HEARD)
    return (React("comment", comment.id, "confused"), Notify(said, key, place), Wake())
