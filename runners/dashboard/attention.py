"""What waits for a person: each job with one sentence of why, and what there is to look at."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.storage.overview import JobLine
from bot.text.invisible import make_printable
from bot.ticket.model import Ticket
from bot.ticket.status_comment import format_headline
from runners.history.last_run import read_last_run
from runners.history.open_history import OpenHistory

MAX_CAUSE_CHARACTERS = 300
_WORDS = {
    "text": "The issue's text was edited after the label was set.",
    "plan": "The plan waits for approval.",
    "diff": "What was built waits for approval before it is pushed.",
    "faulty plan": "The plan on the branch cannot be built as it reads now.",
    "rounds": "It has had many rounds of rework.",
    "cap": "A cap on what models may cost is reached.",
    "paused": "Somebody else pushed to the branch.",
    "question": "The planner has a question.",
    "review": "The pull request waits for a review.",
    "account": "GitHub does not let this bot in.",
    "blocked": "It is blocked.",
}


@dataclass(frozen=True, slots=True)
class AttentionLine:
    """`cause` is one sentence; `code` is of what waits for approval, empty where nothing does."""

    job: JobLine
    cause: str
    code: str = ""


def explain_attention(history: OpenHistory, lines: Sequence[JobLine]) -> list[AttentionLine]:
    tickets = history.store.read_tickets([line.key for line in lines if line.kind == "ticket"])
    return [_explain(history, line, tickets.get(line.key)) for line in lines]


def _explain(history: OpenHistory, line: JobLine, ticket: Ticket | None) -> AttentionLine:
    if line.kind == "job":
        why = read_last_run(history.jobs_folder / line.key).why
        return AttentionLine(line, _shorten(why) or _WORDS["blocked"])
    words = _WORDS.get(line.attention, "")
    if ticket is None:  # it went meanwhile
        return AttentionLine(line, words)
    return AttentionLine(line, _find_cause(line, ticket) or words, ticket.approval.code)


def _find_cause(line: JobLine, ticket: Ticket) -> str:
    """Of a blocked job the task that blocks it and why; else what is asked."""
    if line.attention == "question":
        return _shorten(ticket.question)
    if line.attention != "blocked":
        return ""
    blocked = next((t for t in ticket.progress.tasks if t.state == "blocked" and t.why), None)
    if blocked:
        return _shorten(f"{blocked.id}: {blocked.why}")
    return _shorten(ticket.why) or format_headline(ticket)


def _shorten(text: str) -> str:
    first = next((row.strip() for row in text.splitlines() if row.strip()), "")
    return make_printable(first, MAX_CAUSE_CHARACTERS) if first else ""
