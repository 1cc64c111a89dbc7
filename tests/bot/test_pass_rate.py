"""Intervals of rates and of their differences are the published ones."""

import random

import pytest

from bot.pass_rate import PassRate, find_difference, rate_by_task


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


@pytest.mark.parametrize(
    ("tasks", "worth"),
    [
        (["1", "0", "1"], 3),  # one run each: the plain interval
        (["111", "000", "111", "000"], 4),  # each says the same as the first of its task
        (["111"] * 4, 4),  # how they scatter is not known
        (["10"] * 30, 60),  # tasks differ no more than runs do
        (["111"] * 19 + ["110"], 23.2),  # one failure tells little of that
        (["1111", "1"], 25 / 17),
    ],
)
def test_runs_that_say_the_same_of_their_task_count_as_one(tasks: list[str], worth: float) -> None:
    runs = [(str(at), run == "1") for at, each in enumerate(tasks) for run in each]
    found = rate_by_task(runs)
    assert found.independent == pytest.approx(worth, abs=0.1)
    assert (found.passed, found.runs) == (sum(good for _, good in runs), len(runs))


def test_the_interval_of_several_runs_a_task_has_the_true_rate_as_often_as_it_says() -> None:
    """Tasks of which most always or never pass: the plain one would have it seven times of ten."""
    chance = random.Random(1)  # noqa: S311  # seeded
    by_task, plain = 0, 0
    for _ in range(400):
        rates = [chance.betavariate(0.2, 0.2) for _ in range(20)]
        runs = [(str(at), chance.random() < rate) for at, rate in enumerate(rates) for _ in "123"]
        found = rate_by_task(runs)
        by_task += found.low <= 0.5 <= found.high
        bare = PassRate(found.passed, found.runs)
        plain += bare.low <= 0.5 <= bare.high
    assert plain < 340
    assert 368 <= by_task <= 392
