"""Rates with their intervals, and weeks with and without anything in them."""

from pathlib import Path

import pytest

from bot.storage.database import open_database, sqlite_url
from bot.storage.overview import EVERYTHING
from bot.storage.statistics import PassCount, Statistics
from runners.dashboard.weeks import list_rates, make_rate, read_weeks


@pytest.mark.parametrize(
    ("passed", "attempts", "low", "high"),
    [
        # Newcombe 1998, table I, method 3: https://pubmed.ncbi.nlm.nih.gov/9595616/
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (20, 20, 0.8389, 1.0),
    ],
)
def test_an_interval_is_wilsons(passed: int, attempts: int, low: float, high: float) -> None:
    rate = make_rate("x", attempts, passed)
    assert (rate.low, rate.high) == (pytest.approx(low, abs=6e-5), pytest.approx(high, abs=6e-5))


def test_of_nothing_any_rate_is_possible() -> None:
    rate = make_rate("x", 0, 0)
    assert (rate.part, rate.low, rate.high) == (0.0, 0.0, 1.0)


def test_rates_are_summed_by_what_they_have_in_common() -> None:
    counts = [
        PassCount("local", "m", "fix", 1, coached=False, attempts=6, passed=3),
        PassCount("local", "n", "", 5, coached=True, attempts=2, passed=1),
        PassCount("senior", "m", "fix", 2, coached=False, attempts=1, passed=1),
    ]
    by_kind = [(rate.name, rate.attempts, rate.passed) for rate in list_rates(counts, "kind")]
    assert by_kind == [("fix", 7, 4), ("not noted", 2, 1)]
    assert [rate.name for rate in list_rates(counts, "attempt")] == ["1", "2", "5 and later"]
    assert [rate.name for rate in list_rates(counts, "model")] == [
        "m (local)",
        "n (local)",
        "m (senior)",
    ]


def test_a_week_without_calls_has_no_share(tmp_path: Path) -> None:
    engine = open_database(sqlite_url(tmp_path))
    page = read_weeks(Statistics(engine), EVERYTHING, 4)
    engine.dispose()
    assert [(each.local_share, each.frontier_per_landed) for each in page.weeks] == [
        (None, None)
    ] * 4
