"""Which model did what of a job, by its ledger."""

from bot.ledger import LedgerRow
from bot.ticket.passes import list_passes


def test_exact_blocks_are_the_work_of_whoever_planned_them() -> None:
    """Who tried and failed implemented nothing."""
    planned = LedgerRow("plan", 1, "planner", "opus", outcome="passed")
    laid = LedgerRow("fix", 0, "manifest", "", outcome="passed")
    failed = LedgerRow("fix", 1, "local", "qwen", outcome="check failed")
    assert list_passes([planned, laid, failed]).implement == ("opus",)
    assert list_passes([laid]).implement == ()


def test_those_who_did_most_come_first() -> None:
    rows = [LedgerRow(f"t{at}", 1, "local", "b", outcome="passed") for at in range(2)]
    rows.insert(0, LedgerRow("t9", 1, "senior", "a", outcome="passed"))
    assert list_passes(rows).implement == ("b", "a")
