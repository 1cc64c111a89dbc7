"""Where a job is, in a word for programs, and whether it waits for a person: what lists ask for."""

from typing import Literal

from bot.ticket.model import Ticket
from bot.ticket.person_needed import find_person_needed
from bot.ticket.stages import Stage, is_over

Situation = Literal[
    "running", "stopped", "paused", "waiting", "passed", "blocked", "cancelled", "failed", "ended"
]
"""`stopped`: it ended without a result, and goes on where it was."""
_SITUATIONS: dict[Stage, Situation] = {
    Stage.PLANNING: "running",
    Stage.BUILDING: "running",
    Stage.PUBLISHING: "running",
    Stage.CI: "running",
    Stage.APPROVAL: "waiting",
    Stage.REVIEW: "waiting",
    Stage.BLOCKED: "blocked",
    Stage.ANSWERED: "ended",
    Stage.SETTLED: "ended",
    Stage.MERGED: "passed",
    Stage.CLOSED: "ended",
    Stage.CANCELLED: "cancelled",
}


def find_situation(ticket: Ticket) -> Situation:
    if ticket.paused:
        return "paused"
    if ticket.approval.key and not is_over(ticket.stage):
        return "waiting"
    return _SITUATIONS[ticket.stage]


def find_attention(ticket: Ticket) -> str:
    """What a person has to look at: a `PersonNeeded.what`, "question", "review" or "account".

    Empty where the job goes on by itself, is over, or was paused by somebody who knows.
    """
    if needed := find_person_needed(ticket):
        return needed.what
    if is_over(ticket.stage) or ticket.paused:
        return ""
    if ticket.outage in {"account", "gone"}:
        return "account"
    if ticket.question_open and ticket.stage is Stage.PLANNING:
        return "question"
    return "review" if ticket.stage is Stage.REVIEW else ""
