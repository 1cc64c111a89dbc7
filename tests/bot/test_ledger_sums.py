"""Spend arithmetic: nothing is lost and nothing counted twice."""

from dataclasses import replace

import pytest

from bot.ledger import LedgerRow
from bot.ledger_sums import compute_cost, compute_local_share, sum_by_tier, total_row
from bot.models.model import FailedModel

ROWS = (
    LedgerRow("a", 1, "manifest", "exact blocks", seconds=0.5, outcome="check failed"),
    LedgerRow("a", 2, "local", "qwen", 1000, 200, 600, 2.0, "echo"),
    LedgerRow("a", 3, "local", "llama", 500, 100, 0, 1.0, "check failed"),
    LedgerRow("a", 4, "senior", "gpt", 300, 100, 0, 3.0, "passed", 0.25),
)


def test_cost_is_by_the_million_and_cached_tokens_by_their_own_price() -> None:
    """Cached tokens are a part of those that went in, never paid for twice."""
    assert compute_cost(1_000_000, 500_000, price_in=2.0, price_out=8.0) == pytest.approx(6.0)
    cached = compute_cost(
        1_000_000, 0, price_in=2.0, price_out=8.0, tokens_cached=400_000, price_cached=0.5
    )
    assert cached == pytest.approx(1.4)
    assert compute_cost(10, 0, price_in=1, price_out=1, tokens_cached=99, price_cached=0) == 0


def test_sums_by_tier_and_model_keep_everything() -> None:
    """No attempt is lost and the tiers stand in the order they were asked."""
    sums = sum_by_tier(ROWS)
    assert [(s.tier, s.model, s.attempts) for s in sums] == [
        ("manifest", "exact blocks", 1), ("local", "qwen", 1), ("local", "llama", 1),
        ("senior", "gpt", 1),
    ]  # fmt: skip
    assert sum(s.tokens_in for s in sums) == 1800
    assert sums[1].table_cells()[3] == "1,000 (600 cached)"
    assert sums[3].table_cells() == ("senior", "gpt", "1", "300", "100", "3.0", "0.2500")


def test_a_model_that_fell_has_its_own_sum() -> None:
    """What it spent stays under its name, and no token and no cost is counted twice."""
    row = replace(
        ROWS[3], failures=(FailedModel("codex", "HTTP 429", 50, 5), FailedModel("claude", "down"))
    )
    sums = sum_by_tier([row])
    assert [(s.model, s.tokens_in, s.cost) for s in sums] == [
        ("codex", 50, 0.0), ("claude", 0, 0.0), ("gpt", 300, 0.25),
    ]  # fmt: skip
    assert row.tokens == sum(s.tokens_in + s.tokens_out for s in sums) == 455
    assert compute_local_share([*ROWS, row]) == pytest.approx(1800 / (2200 + 455))
    assert total_row([row]).tokens_in == 350


def test_the_share_that_stayed_here() -> None:
    """Local tokens of all tokens; a job of exact blocks alone sent nothing away."""
    assert compute_local_share(ROWS) == pytest.approx(1800 / 2200)
    assert compute_local_share(ROWS[:1]) == 1.0
    assert compute_local_share(ROWS[3:]) == 0.0


def test_a_commit_carries_the_spend_of_all_attempts() -> None:
    """The attempts that failed are paid for too; the last one gives tier, model and number."""
    row = total_row(ROWS)
    assert (row.number, row.tier, row.model, row.outcome) == (4, "senior", "gpt", "passed")
    assert (row.tokens_in, row.tokens_out, row.tokens_cached) == (1800, 400, 600)
    assert (row.seconds, row.cost) == (6.5, 0.25)


@pytest.mark.parametrize("rows", [(), (ROWS[0], LedgerRow("b", 1, "local", "m"))])
def test_a_total_is_of_one_task(rows: tuple[LedgerRow, ...]) -> None:
    """Mixing tasks in one commit's total is a bug of ours and says so."""
    with pytest.raises(ValueError, match="exactly one task"):
        total_row(rows)
