"""Decisions about checks and pushes: the ticket whose head it is looks at all of them again."""

from bot.github.webhooks import Checked, Pushed
from bot.ticket.actions import Action, Wake
from handlers.decisions.facts import DecisionContext


def decide_check_or_push(_event: Checked | Pushed, known: DecisionContext) -> tuple[Action, ...]:
    return (Wake(),) if known.ticket else ()
