"""Merges what a step found with what a command changed meanwhile: nobody's word is lost."""

from collections.abc import Collection
from dataclasses import fields, replace
from typing import TypeVar

from bot.ticket.findings import merge_findings
from bot.ticket.model import Approval, Proposal, RemoteState, Ticket
from bot.ticket.progress import Progress

_Queued = TypeVar("_Queued")
_Record = TypeVar("_Record", Ticket, Approval, Progress, RemoteState)
# Merged by rules of their own, not field by field.
_APART = frozenset(
    {"approval", "progress", "remote", "notes", "handled", "requests", "outbox", "findings"}
)
# What belongs to a stage: where a command has moved the ticket meanwhile, it stays as it is now.
_OF_STAGE = frozenset({"stage", "paused", "why", "wake_at", "ended_in", "ended_paused", "outage"})
_OF_STAGE_ASKED = frozenset({"key"})


def merge_changes(old: Ticket, changed: Ticket, current: Ticket) -> Ticket:
    """`current` with what made `old` into `changed`.

    A command given meanwhile is never written over: where one has moved the ticket to another
    stage, that stage stands, with why and what approval it asks for.
    """
    ended = current.stage is not old.stage
    merged = _merge(old, changed, current, _APART | (_OF_STAGE if ended else frozenset()))
    asked = _OF_STAGE_ASKED if ended else frozenset()
    merged = replace(
        merged,
        approval=_merge(old.approval, changed.approval, current.approval, asked),
        progress=_merge(old.progress, changed.progress, current.progress),
        remote=_merge(old.remote, changed.remote, current.remote),
        notes=_merge_notes(old, changed, current),
        findings=merge_findings(old.findings, changed.findings, current.findings),
        requests=_merge_queue(old.requests, changed.requests, current.requests),
        outbox=_merge_queue(old.outbox, changed.outbox, current.outbox),
    )
    return merged.with_handled(*(key for key in changed.handled if key not in old.handled))


def _merge(old: _Record, changed: _Record, current: _Record, but: Collection[str] = ()) -> _Record:
    """`current` with each field, but those named, that differs between the other two."""
    names = [each.name for each in fields(old) if each.name not in but]
    new = {name: getattr(changed, name) for name in names}
    return replace(current, **{n: v for n, v in new.items() if v != getattr(old, n)})


def _merge_notes(old: Ticket, changed: Ticket, current: Ticket) -> tuple[Proposal, ...]:
    """The notes of both: none that was taught or ticked meanwhile is lost."""
    new = {note.id: note for note in changed.notes if note not in old.notes}
    known = {note.id: note for note in current.notes}
    return tuple({**known, **new}.values())


def _merge_queue(
    old: tuple[_Queued, ...], changed: tuple[_Queued, ...], current: tuple[_Queued, ...]
) -> tuple[_Queued, ...]:
    """What was added on either side, without what was dealt with on either."""
    left = [each for each in current if each not in old or each in changed]
    new = [each for each in changed if each not in old and each not in current]
    return (*left, *new)
