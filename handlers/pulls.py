"""Decisions about our pull requests: what became of them is looked at, never believed."""

from bot.actions import Action, Wake
from bot.events import PullClosed, PullLabeled, Ready, Synchronized
from handlers.known import Known


def decide(
    event: PullClosed | PullLabeled | Ready | Synchronized, known: Known
) -> tuple[Action, ...]:
    return (Wake(stop=isinstance(event, PullClosed)),) if known.ticket else ()
