"""Decides about labels in another place or at another time than those that start jobs."""

from typing import TYPE_CHECKING

from bot.github.auth import parse_time
from bot.github.webhooks import Labeled
from bot.ticket import messages, messages_lost
from bot.ticket.actions import Action, Notify, React, RunCommand, Wake
from bot.ticket.commands import Command
from bot.ticket.keys import label_key
from bot.ticket.model_choices import name_after_label, parse_choice
from bot.ticket.stages import is_over

if TYPE_CHECKING:
    from handlers.decisions import DecisionContext


def is_choice_label(event: Labeled, context: "DecisionContext") -> bool:
    """Whether it is one such as `bricklayer:local=big`, set on an issue whose job goes on.

    Before the job, it counts when the label that starts it is set.
    """
    ticket = context.ticket
    named = bool(name_after_label(event.label, context.label))
    return named and ticket is not None and not is_over(ticket.stage)


def decide_choice_label(event: Labeled, context: "DecisionContext") -> tuple[Action, ...]:
    """As `/tier` with the same words: a label that came late is followed or answered."""
    number, key = event.issue.number, label_key(event.label, event.at)
    if not is_choice_label(event, context) or context.ticket is None:
        return ()
    if context.ticket.was_handled(key) or parse_time(event.at) < context.ticket.labelled_at:
        # Set before the job's own label, it was read with that one, whatever is delivered first.
        return (Wake(),)
    if not context.sender_can_write:
        return (React("issue", number, "confused"),)
    choice = parse_choice(name_after_label(event.label, context.label))
    if not choice:
        text = messages_lost.unknown_label(event.label, context.label)
        told = Notify(messages.address_to(event.sender, text), key)
        return (React("issue", number, "confused"), told, Wake())
    command = Command("tier", (choice,))
    run = RunCommand(command, event.sender, "", key, event.issue, parse_time(event.at))
    return (React("issue", number, "eyes"), run, Wake())
