"""Decisions about our pull requests: what became of them is looked at, never believed."""

from bot.github.webhooks import PullClosed, PullLabeled, Ready, Synchronized
from bot.ticket.actions import Action, Wake
from handlers.decisions.facts import DecisionContext


def decide_pull(
    event: PullClosed | PullLabeled | Ready | Synchronized, known: DecisionContext
) -> tuple[Action, ...]:
    return (Wake(stop=isinstance(event, PullClosed)),) if known.ticket else ()
