"""What a writer's command makes of a ticket. Pure: the loop then does what the ticket says."""

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

from bot.coaching.notes import Note, note_fault
from bot.text.invisible import strip_hidden
from bot.ticket import messages
from bot.ticket.actions import RunCommand
from bot.ticket.model import ISSUE_TEXT, SHORT_HASH_CHARS, Proposal, Ticket, hash_text
from bot.ticket.stages import Stage, is_over

CLOCK_SKEW_SECONDS = 10.0
"""Seconds that GitHub's clock may be behind this machine's."""
_STOPS = frozenset({"cancel", "pause"})


def apply_command(ticket: Ticket, order: RunCommand) -> Ticket:
    """The ticket after the command; one that was obeyed already changes nothing."""
    if ticket.was_handled(order.handled_key):
        return ticket
    after = _ORDERS[order.command.name](ticket, order).with_handled(order.handled_key)
    return replace(after, reply=messages.address_to(order.by, after.reply))


def stops_work(order: RunCommand) -> bool:
    """Whether what runs for the ticket is to be ended."""
    return order.command.name in _STOPS


def _approve(ticket: Ticket, order: RunCommand) -> Ticket:
    """A yes is for just what was asked when it was given: a text, or a plan on a head."""
    if is_over(ticket.stage):
        return replace(ticket, reply=messages.already_over(ticket.stage))
    if not ticket.approval.key:
        return replace(ticket, reply=messages.NOTHING_TO_APPROVE)
    named = order.command.args[0].lower() if order.command.args else ""
    if named and not ticket.approval.code.startswith(named[:SHORT_HASH_CHARS]):
        return replace(ticket, reply=messages.wrong_code(named, ticket.approval.code))
    if not named and order.at + CLOCK_SKEW_SECONDS < ticket.approval.asked_at:
        return replace(ticket, reply=messages.approved_too_early(ticket.approval.code))
    if ticket.approval.key == ISSUE_TEXT:
        return _approve_text(ticket, order)
    said = messages.plan_approved(order.by, ticket.approval.key)
    granted = ticket.approval.grant_to(order.by.login)
    return replace(ticket, approval=granted, reply=said, wake_at=0.0)


def _approve_text(ticket: Ticket, order: RunCommand) -> Ticket:
    issue = order.issue
    if hash_text(issue.title, issue.body) != ticket.approval.shown_text_hash:
        return replace(ticket, reply=messages.TEXT_MOVED, wake_at=0.0)
    taken = replace(ticket, title=issue.title, body=issue.body, asker=order.by)
    return replace(
        taken,
        approval=replace(ticket.approval, key=""),
        reply=messages.text_approved(order.by),
        why="",
        wake_at=0.0,
    )


def _retry(ticket: Ticket, order: RunCommand) -> Ticket:
    if ticket.stage not in {Stage.BLOCKED, Stage.CANCELLED}:
        return replace(ticket, reply=messages.nothing_to_retry(ticket.stage, ticket.approval.code))
    task = order.command.args[0] if order.command.args else ""
    if task and task not in (known := tuple(one.id for one in ticket.progress.tasks)):
        return replace(ticket, reply=messages.no_such_task(task, known))
    progress = replace(ticket.progress, retry_task=task, ci_rounds=0)
    again = ticket.move_to(_start(ticket), reply=messages.retry_started(order.by, task))
    return replace(again, progress=progress, paused=False)


def _start(ticket: Ticket) -> Stage:
    """Where it begins again: a plan nobody has said yes to still waits for one."""
    if not ticket.progress.round:
        return Stage.PLANNING
    return Stage.APPROVAL if ticket.approval.key == ticket.plan_key else Stage.BUILDING


def _cancel(ticket: Ticket, order: RunCommand) -> Ticket:
    if is_over(ticket.stage):
        return replace(ticket, reply=messages.already_over(ticket.stage))
    key = ticket.plan_key if ticket.stage is Stage.APPROVAL else ""
    approval = replace(ticket.approval, key=key)
    cancelled = ticket.move_to(Stage.CANCELLED, messages.job_cancelled(order.by))
    return replace(cancelled, approval=approval, paused=False)


def _pause(ticket: Ticket, order: RunCommand) -> Ticket:
    if is_over(ticket.stage):
        return replace(ticket, reply=messages.already_over(ticket.stage))
    return replace(ticket, paused=True, reply=messages.job_paused(order.by))


def _resume(ticket: Ticket, order: RunCommand) -> Ticket:
    if not ticket.paused:
        return replace(ticket, reply=messages.NOT_PAUSED)
    said = messages.job_resumed(order.by)
    return replace(
        ticket,
        paused=False,
        remote=replace(ticket.remote, adopt_pushed=bool(ticket.remote.pushed_head)),
        wake_at=0.0,
        reply=said,
    )


def _status(ticket: Ticket, order: RunCommand) -> Ticket:
    return replace(ticket, reply=messages.status_requested(order.by))


def _explain(ticket: Ticket, order: RunCommand) -> Ticket:
    name = order.command.args[0] if order.command.args else ""
    return replace(ticket, reply=messages.explain_tasks(ticket, name))


def _tier(ticket: Ticket, order: RunCommand) -> Ticket:
    named = dict(pair.split("=", 1) for pair in order.command.args)
    choices = {**(ticket.choices or {}), **named}
    return replace(ticket, choices=choices, reply=messages.tiers_chosen(order.by, named))


def _note(ticket: Ticket, order: RunCommand) -> Ticket:
    lesson = " ".join(strip_hidden(order.command.text).split())
    commit = ticket.remote.head or ticket.remote.base or "0000000"
    note = Note(lesson, ("**",), order.url, order.by.login, commit)
    if why := note_fault(note):
        return replace(ticket, reply=messages.note_refused(why))
    made = Proposal(note, "accepted", order.by.login)
    notes = tuple(one for one in ticket.notes if one.id != made.id)
    return replace(ticket, notes=(*notes, made), reply=messages.note_added(order.by, lesson))


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
