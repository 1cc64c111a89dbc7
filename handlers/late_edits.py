"""Decides what is said to who edits a comment that was heard already.

An edit of a comment starts nothing: its time is that of the first version, and the sweep, which
stands in for a lost webhook, cannot tell what it said before.
"""

from typing import TYPE_CHECKING

from bot.github.webhooks import Commented, Event, ReviewCommented, Reviewed
from bot.ticket import messages, messages_words
from bot.ticket.actions import Action, Notify, React, Wake
from bot.ticket.commands import parse_commands, without_commands
from bot.ticket.keys import (
    HandledKey,
    edited_comment_key,
    edited_line_key,
    edited_review_key,
)
from bot.ticket.model import hash_text
from bot.ticket.places import Place, WordsKind
from bot.ticket.words import read_ask

if TYPE_CHECKING:
    from handlers.decisions import DecisionContext


def decide_late_edit(event: Commented, context: "DecisionContext") -> tuple[Action, ...]:
    """Say once that it was not heard, where it now asks for something that it did not before."""
    comment, place = event.comment, Place("pull" if event.issue.is_pull else "issue")
    key = edited_comment_key(comment.id, _hash(comment.body))
    if not event.edited or not _asks_anew(
        context, ("comment", comment.id), comment.body, event.before
    ):
        return (Wake(),)
    return _tell(event, context, (React("comment", comment.id, "confused"), key, place))


def decide_late_line_edit(event: ReviewCommented, context: "DecisionContext") -> tuple[Action, ...]:
    """The same in a thread that was worked in or answered since."""
    comment = event.comment
    key = edited_line_key(comment.id, _hash(comment.body))
    if not event.edited or not _asks_anew(
        context, ("line", comment.id), comment.body, event.before
    ):
        return (Wake(),)
    place = Place("thread", comment.in_reply_to or comment.id)
    return _tell(event, context, (React("line", comment.id, "confused"), key, place))


def decide_late_review_edit(event: Reviewed, context: "DecisionContext") -> tuple[Action, ...]:
    """The same of a review's own text."""
    review = event.review
    key = edited_review_key(review.id, _hash(review.body))
    if not _asks_anew(context, ("review", review.id), review.body, event.before):
        return (Wake(),)
    react = React("review", review.id, "confused", review.node)
    return _tell(event, context, (react, key, Place("pull")))


def _hash(body: str) -> str:
    return hash_text("", body)[:12]


def _asks_anew(
    context: "DecisionContext", words: tuple[WordsKind, int], body: str, before: str
) -> bool:
    ticket = context.ticket
    if ticket is None or not before or not context.sender_can_write:
        return False
    # Words that still wait are read when it is their turn, as they are by then.
    waits = any((one.kind, one.id) == words for one in ticket.requests)
    new = set(parse_commands(body)) - set(parse_commands(before))
    said, old = without_commands(body), without_commands(before)
    asks = not waits and said.split() != old.split() and read_ask(said) != "nothing"
    return bool(new) or asks


def _tell(
    event: Event, context: "DecisionContext", told: tuple[React, HandledKey, Place]
) -> tuple[Action, ...]:
    react, key, place = told
    if context.ticket is None or context.ticket.was_handled(key):
        return (Wake(),)
    said = messages.address_to(event.sender, messages_words.EDIT_NOT_HEARD)
    return (react, Notify(said, key, place), Wake())
