"""What a writer's command makes of a ticket. Pure: the loop then does what the ticket says."""

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

from bot.coaching.notes import Note, note_fault
from bot.text.invisible import strip_hidden
from bot.ticket import messages
from bot.ticket.actions import RunCommand
from bot.ticket.model import HASH, TEXT, Proposal, Ticket, text_hash
from bot.ticket.stages import Stage, is_over

SLACK = 10.0
"""Seconds that GitHub's clock may be behind this machine's."""
_STOPS = frozenset({"cancel", "pause"})


def apply_command(ticket: Ticket, order: RunCommand) -> Ticket:
    """The ticket after the command; one that was obeyed already changes nothing."""
    if ticket.has(order.mark):
        return ticket
    after = _ORDERS[order.command.name](ticket, order).with_done(order.mark)
    return replace(after, said=messages.addressed(order.by, after.said))


def stops_work(order: RunCommand) -> bool:
    """Whether what runs for the ticket is to be ended."""
    return order.command.name in _STOPS


def _approve(ticket: Ticket, order: RunCommand) -> Ticket:
    """A yes is for just what was asked when it was given: a text, or a plan on a head."""
    if is_over(ticket.stage):
        return replace(ticket, said=messages.already_over(ticket.stage))
    if not ticket.asks:
        return replace(ticket, said=messages.NOTHING_TO_APPROVE)
    named = order.command.args[0].lower() if order.command.args else ""
    if named and not ticket.code.startswith(named[:HASH]):
        return replace(ticket, said=messages.other_code(named, ticket.code))
    if not named and order.at + SLACK < ticket.asked:
        return replace(ticket, said=messages.early_yes(ticket.code))
    if ticket.asks == TEXT:
        return _approve_text(ticket, order)
    said = messages.approved(order.by, ticket.asks)
    yes = replace(ticket, approved=ticket.asks, approver=order.by.login)
    accepted = tuple(dict.fromkeys((*ticket.accepted, *ticket.risks)))
    return replace(yes, said=said, asks="", until=0.0, accepted=accepted)


def _approve_text(ticket: Ticket, order: RunCommand) -> Ticket:
    issue = order.issue
    if text_hash(issue.title, issue.body) != ticket.seen:
        return replace(ticket, said=messages.TEXT_MOVED, until=0.0)
    new = replace(ticket, title=issue.title, body=issue.body, asks="", until=0.0)
    return replace(new, said=messages.planning_it(order.by), asker=order.by, why="")


def _retry(ticket: Ticket, order: RunCommand) -> Ticket:
    if ticket.stage not in {Stage.BLOCKED, Stage.CANCELLED}:
        return replace(ticket, said=messages.nothing_to_retry(ticket.stage, ticket.code))
    task = order.command.args[0] if order.command.args else ""
    if task and task not in (known := tuple(one.id for one in ticket.tasks)):
        return replace(ticket, said=messages.no_such_task(task, known))
    said = messages.retrying(order.by, task)
    return ticket.to(_start(ticket), retry=task, said=said, ci_rounds=0, paused=False)


def _start(ticket: Ticket) -> Stage:
    """Where it begins again: a plan nobody has said yes to still waits for one."""
    if not ticket.round:
        return Stage.PLANNING
    return Stage.APPROVAL if ticket.asks == ticket.mark else Stage.BUILDING


def _cancel(ticket: Ticket, order: RunCommand) -> Ticket:
    if is_over(ticket.stage):
        return replace(ticket, said=messages.already_over(ticket.stage))
    asks = ticket.mark if ticket.stage is Stage.APPROVAL else ""
    return ticket.to(Stage.CANCELLED, why=messages.cancelled(order.by), asks=asks, paused=False)


def _pause(ticket: Ticket, order: RunCommand) -> Ticket:
    if is_over(ticket.stage):
        return replace(ticket, said=messages.already_over(ticket.stage))
    return replace(ticket, paused=True, said=messages.paused(order.by))


def _resume(ticket: Ticket, order: RunCommand) -> Ticket:
    if not ticket.paused:
        return replace(ticket, said=messages.NOT_PAUSED)
    said = messages.resumed(order.by)
    return replace(ticket, paused=False, adopt=bool(ticket.foreign), until=0.0, said=said)


def _status(ticket: Ticket, order: RunCommand) -> Ticket:
    return replace(ticket, said=messages.asked_for_status(order.by))


def _explain(ticket: Ticket, order: RunCommand) -> Ticket:
    name = order.command.args[0] if order.command.args else ""
    return replace(ticket, said=messages.explained(ticket, name))


def _tier(ticket: Ticket, order: RunCommand) -> Ticket:
    named = dict(pair.split("=", 1) for pair in order.command.args)
    choices = {**(ticket.choices or {}), **named}
    return replace(ticket, choices=choices, said=messages.tiers_chosen(order.by, named))


def _note(ticket: Ticket, order: RunCommand) -> Ticket:
    lesson = " ".join(strip_hidden(order.command.text).split())
    commit = ticket.head or ticket.base or "0000000"
    note = Note(lesson, ("**",), order.url, order.by.login, commit)
    if why := note_fault(note):
        return replace(ticket, said=messages.no_note(why))
    made = Proposal(note, "accepted", order.by.login)
    notes = tuple(one for one in ticket.notes if one.id != made.id)
    return replace(ticket, notes=(*notes, made), said=messages.noted(order.by, lesson))


_ORDERS: MappingProxyType[str, Callable[[Ticket, RunCommand], Ticket]] = MappingProxyType(
    {
        "approve": _approve,
        "retry": _retry,
        "cancel": _cancel,
        "pause": _pause,
        "resume": _resume,
        "status": _status,
        "explain": _explain,
        "tier": _tier,
        "note": _note,
    }
)
