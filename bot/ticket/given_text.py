"""What the planner is given of an issue, shown to people beside what is planned from it."""

from collections.abc import Sequence
from functools import lru_cache

from bot.errors import UserError
from bot.plan.issue import Issue, read_issue
from bot.text.escape import code_block
from bot.text.secrets import redact
from bot.ticket.model import ISSUE_TEXT, Ticket
from bot.ticket.stages import Stage
from bot.ticket.status_tables import fold

MAX_GIVEN_CHARS = 4_000
_STAGES = frozenset({Stage.PLANNING, Stage.APPROVAL})
_SUMMARY = "What the planner is given of this issue"
_LEFT_OUT = "Something in the issue's source is not on its page, and was left out.\n\n"


def read_ticket_issue(ticket: Ticket) -> Issue:
    """The issue as its page shows it. Raises UserError where that is nothing."""
    return _read(f"# {ticket.title}\n\n{ticket.body}", f"#{ticket.issue}")


def fold_given_text(ticket: Ticket, secrets: Sequence[str]) -> str:
    """Folded away, without `secrets`; nothing once the plan is approved.

    Nor while an edited text waits for approval: what the ticket has is the one before.
    """
    waits = ticket.approval.key == ISSUE_TEXT
    if ticket.stage not in _STAGES or waits or not ticket.body.strip():
        return ""
    try:
        issue = read_ticket_issue(ticket)
    except UserError:
        return ""
    text = redact(issue.text, secrets)
    more = len(text) - MAX_GIVEN_CHARS
    told = f"\n\nand {more:,} more characters" if more > 0 else ""
    said = _LEFT_OUT if issue.hidden else ""
    return fold(_SUMMARY, f"{said}{code_block(text, MAX_GIVEN_CHARS)}{told}")


@lru_cache(maxsize=64)
def _read(text: str, where: str) -> Issue:
    return read_issue(text.encode(errors="replace"), where=where)
