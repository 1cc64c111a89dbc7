"""Decisions about reviews: a submitted one is looked at, with the permission of who wrote it."""

from bot.actions import Action, Wake
from bot.events import ReviewCommented, Reviewed
from handlers.known import Known


def decide(_event: Reviewed | ReviewCommented, known: Known) -> tuple[Action, ...]:
    """The loop reads the threads themselves, and asks who may for each of their authors."""
    return (Wake(),) if known.ticket else ()
