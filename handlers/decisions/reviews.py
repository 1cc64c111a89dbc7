"""Decisions about reviews: the loop works in threads; words without a place are answered."""

from bot.github.webhooks import ReviewCommented, Reviewed
from bot.ticket import messages
from bot.ticket.actions import Action, Notify, Wake
from bot.ticket.authorship import is_ours
from handlers.decisions.facts import DecisionContext


def decide_review(event: Reviewed | ReviewCommented, known: DecisionContext) -> tuple[Action, ...]:
    """The loop reads the threads themselves, and asks who may for each of their authors."""
    if known.ticket is None:
        return ()
    if isinstance(event, Reviewed) and not _is_own_review(event, known):
        wants = event.review.state == "changes_requested" and bool(event.review.body.strip())
        mark = f"review:{event.review.id}"
        if wants and known.may:
            return (Notify(messages.REVIEW_BODY, mark), Wake())
        if wants and not known.may:
            return (Notify(messages.NO_WRITE, mark), Wake())
    return (Wake(),)


def _is_own_review(event: Reviewed, known: DecisionContext) -> bool:
    return is_ours(event.review.author, event.review.body, known.us)
