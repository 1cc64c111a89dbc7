"""A table sums up runs by what tasks have in common and by who did them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.evaluation import Configuration, Group, ReplayResult, find_cheapest, tabulate
from bot.pass_rate import PassRate

LOCAL = Configuration("local", "script:small")
SENIOR = Configuration("senior", "script:large", "large")
RUN = ReplayResult("job/task", "fix", "short", "python", LOCAL, 0, passed=True)


def make_runs(
    configuration: Configuration, passed: int, runs: int, cost: float = 0.0
) -> Iterator[ReplayResult]:
    for run in range(runs):
        yield replace(
            RUN,
            task=f"job/task-{run % 5}",
            configuration=configuration,
            run=run,
            passed=run < passed,
            cost=cost,
            attempts=run,
        )


def test_runs_of_one_kind_and_configuration_are_one_row() -> None:
    docs = replace(RUN, kind="docs", task="job/docs", cost=2.0)
    rows = tabulate([*make_runs(LOCAL, 2, 3, cost=1.0), docs])
    assert [(row.group, row.rate, row.cost) for row in rows] == [
        (Group("docs"), PassRate(1, 1), 2.0),
        (Group("fix"), PassRate(2, 3), 1.0),
    ]
    assert (rows[1].attempts, rows[1].tasks) == (1, 3)


def test_what_is_not_asked_for_is_not_told_apart() -> None:
    runs = [RUN, replace(RUN, language="go"), replace(RUN, kind="edit", size="long")]
    assert [str(row.group) for row in tabulate(runs, ("kind", "language"))] == [
        "edit python",
        "fix go",
        "fix python",
    ]
    assert [str(row.group) for row in tabulate(runs, ())] == ["all"]


def test_a_run_that_fails_hidden_checks_passed_and_is_not_good() -> None:
    ends = {"a": None, "b": True, "c": False}
    runs = [replace(RUN, task=task, hidden_passed=end) for task, end in ends.items()]
    (row,) = tabulate(runs)
    assert (row.rate, row.hidden, row.good) == (PassRate(3, 3), PassRate(1, 2), PassRate(2, 3))


@pytest.mark.parametrize(
    ("local", "senior", "cheapest"),
    [
        ((29, 30), (30, 30), "local"),  # surely more often than not: the cheaper one
        ((20, 30), (30, 30), "senior"),  # two of three, and it may be less than half
        ((29, 29), (30, 30), "senior"),  # too few runs
        ((20, 30), (19, 30), None),
    ],
)
def test_the_cheapest_is_the_cheapest_of_those_that_surely_pass(
    local: tuple[int, int], senior: tuple[int, int], cheapest: str | None
) -> None:
    rows = tabulate([*make_runs(LOCAL, *local, cost=0.1), *make_runs(SENIOR, *senior, cost=1.0)])
    found = find_cheapest(rows)
    assert (found and found.configuration.tier) == cheapest


def test_of_equal_costs_the_one_that_passes_more_surely_is_the_cheapest() -> None:
    other = replace(LOCAL, candidates=3)
    found = find_cheapest(tabulate([*make_runs(LOCAL, 26, 30), *make_runs(other, 28, 30)]))
    assert found is not None
    assert found.configuration == other


def test_a_tasks_second_run_says_less_than_a_second_task() -> None:
    by_five = tabulate(make_runs(LOCAL, 30, 30))[0].good
    assert (by_five.passed, by_five.independent) == (30, 5)
