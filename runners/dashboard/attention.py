"""What waits for a person: each job with one sentence of why, and what there is to look at."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.storage.overview import JobLine
from bot.ticket.model import Ticket
from bot.ticket.status_comment import format_headline
from runners.dashboard.github_pages import link_attention
from runners.dashboard.needed_words import describe_need
from runners.dashboard.plain_words import find_cause
from runners.history.last_run import read_last_run
from runners.history.open_history import OpenHistory

MAX_RISKS = 3
"""That stand in the list; the status comment has them all."""


@dataclass(frozen=True, slots=True)
class AttentionLine:
    """`cause` is one sentence; `code` is of what waits for approval, empty where nothing does.

    `risks` are why approval is asked, `url` is where it is read on GitHub, both empty where there
    is none.
    """

    job: JobLine
    cause: str
    code: str = ""
    risks: tuple[str, ...] = ()
    url: str = ""


def explain_attention(history: OpenHistory, lines: Sequence[JobLine]) -> list[AttentionLine]:
    tickets = history.store.read_tickets([line.key for line in lines if line.kind == "ticket"])
    return [_explain(history, line, tickets.get(line.key)) for line in lines]


def _explain(history: OpenHistory, line: JobLine, ticket: Ticket | None) -> AttentionLine:
    if line.kind == "job":
        why = read_last_run(history.jobs_folder / line.key).why
        return AttentionLine(line, find_cause(why) or describe_need("blocked"))
    words = describe_need(line.attention)
    if ticket is None:  # it went meanwhile
        return AttentionLine(line, words)
    url = link_attention(line, history.settings.github.api_url)
    asked = line.attention in {"plan", "diff"}
    risks = _list_risks(ticket.approval.risks) if asked else ()
    cause = _find_cause(line, ticket) or words
    return AttentionLine(line, cause, ticket.approval.code, risks, url)


def _list_risks(risks: Sequence[str]) -> tuple[str, ...]:
    left = len(risks) - MAX_RISKS
    return (*map(find_cause, risks[:MAX_RISKS]), *([f"and {left} more"] if left > 0 else []))


def _find_cause(line: JobLine, ticket: Ticket) -> str:
    """Of a blocked job the task that blocks it and why; else what is asked."""
    if line.attention == "question":
        return find_cause(ticket.question)
    if line.attention != "blocked":
        return ""
    blocked = next((t for t in ticket.progress.tasks if t.state == "blocked" and t.why), None)
    if blocked:
        return find_cause(f"{blocked.id}: {blocked.why}")
    return find_cause(ticket.why) or format_headline(ticket)
