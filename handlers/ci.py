"""Decisions about checks and pushes: the ticket whose head it is looks at all of them again."""

from bot.actions import Action, Wake
from bot.events import Checked, Pushed
from handlers.known import Known


def decide(_event: Checked | Pushed, known: Known) -> tuple[Action, ...]:
    return (Wake(),) if known.ticket else ()
