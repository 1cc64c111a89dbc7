"""Who planned, implemented and reviewed, summed over jobs: from the tickets as they are written."""

from dataclasses import replace
from pathlib import Path

from support.tickets import ticket

from bot.ledger import LedgerRow
from bot.storage.database import sqlite_url
from bot.storage.jobs import open_store
from bot.storage.overview import EVERYTHING, Visible
from bot.storage.review_records import sum_passes
from bot.storage.tickets import open_ticket_store
from bot.ticket.findings import Finding
from bot.ticket.model import Ticket
from bot.ticket.stages import Stage

ROWS = (
    LedgerRow("plan", 1, "planner", "opus", outcome="passed"),
    LedgerRow("fix", 1, "local", "qwen", outcome="check failed"),
    LedgerRow("fix", 2, "senior", "codex", outcome="passed"),
    LedgerRow("review", 1, "reviewer", "sonnet", outcome="answered"),
    LedgerRow("question", 1, "reviewer", "sonnet", outcome="answered"),
)
PROVED = Finding("a", "0" * 40, "sonnet", "a.py", 1, "x", proof_state="reproduced")
SHOWN = Finding("b", "0" * 40, "sonnet", "a.py", 2, "y")


def reviewed(_ticket: Ticket, *findings: Finding) -> Ticket:
    return replace(_ticket.with_rows(ROWS), findings=findings)


def test_each_verdict_counts_for_who_found_it_and_for_those_whose_work_it_is_about(
    tmp_path: Path,
) -> None:
    """A verdict that is taken back is gone; the same job written again is one job."""
    store = open_ticket_store(open_store(sqlite_url(tmp_path)))
    made = replace(ticket(Stage.REVIEW), labelled_at=5.0)
    assert store.add_ticket(made)
    store.change_ticket(made.key, lambda one: reviewed(one, PROVED, SHOWN))
    judged = (replace(PROVED, verdict="confirmed"), replace(SHOWN, verdict="dismissed"))
    store.change_ticket(made.key, lambda one: replace(one, findings=judged))
    sums = sum_passes(store.engine, EVERYTHING, 0.0)
    assert [(one.name, one.model, one.jobs) for one in sums] == [
        ("plan", "opus", 1),
        ("implement", "codex", 1),
        ("review", "sonnet", 1),
    ]
    counts = {"found": 2, "reproduced": 1, "confirmed": 1, "dismissed": 1}
    assert all(one.findings == counts for one in sums)
    undone = (judged[0], SHOWN)
    store.change_ticket(made.key, lambda one: replace(one, findings=undone))
    assert sum_passes(store.engine, EVERYTHING, 0.0)[0].findings["dismissed"] == 0
    assert sum_passes(store.engine, EVERYTHING, 6.0) == []
    assert sum_passes(store.engine, Visible(frozenset({"elsewhere"})), 0.0) == []
