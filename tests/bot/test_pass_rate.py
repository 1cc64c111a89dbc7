"""Intervals of rates and of their differences are the published ones."""

import pytest

from bot.pass_rate import PassRate, find_difference


@pytest.mark.parametrize(
    ("new", "old", "low", "high"),
    [
        # Newcombe 1998, table II, method 10: https://pubmed.ncbi.nlm.nih.gov/9595617/
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((0, 10), (0, 20), -0.1611, 0.2775),
    ],
)
def test_the_difference_of_two_rates_is_newcombes(
    new: tuple[int, int], old: tuple[int, int], low: float, high: float
) -> None:
    found = find_difference(PassRate(*new), PassRate(*old))
    assert found[1:] == (pytest.approx(low, abs=6e-5), pytest.approx(high, abs=6e-5))
