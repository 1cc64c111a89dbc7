"""Which attempts a round makes, and what stands for it afterwards."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from bot.config.tiers import StrategyName
from bot.failures import Failure
from bot.ledger import LedgerRow
from bot.plan import Task
from bot.prompts.strategies import (
    CANDIDATES,
    LOCAL_STRATEGIES,
    REPAIRS,
    SIZES,
    find_strategy,
    name_strategies,
)
from runners.build.attempt_records import Attempt, AttemptRecord, AttemptResult, TierName
from runners.build.plan_round import order_round, plan_round
from runners.build.task_run import TaskBase, TaskRun

FAILURES = (Failure(titles=("SumTest", "test_add"), message=("AssertionError: 3 != 5",)),)
BASE = TaskBase("c" * 40, digest="fails", failures=FAILURES, failing=5, candidates=3)
TASK = Task(id="fix", line=1, text="Mend it.", file="sum.py")


def run_with(
    base: TaskBase = BASE, *attempts: AttemptRecord, **more: int | tuple[LedgerRow, ...]
) -> TaskRun:
    nowhere: Any = SimpleNamespace()
    return TaskRun(nowhere, nowhere, TASK, base, attempts=attempts, **more)  # type: ignore[arg-type]  # by their names


def judged(
    attempt: Attempt, failing: int | None = 5, outcome: str = "check failed"
) -> AttemptRecord:
    passed = outcome == "passed"
    result = AttemptResult(
        outcome,
        failure_key="" if passed else "k",
        failing=failing,
        tree=f"{attempt.number:040}",
        failures=FAILURES,
    )
    row = LedgerRow(
        "fix",
        attempt.number,
        attempt.tier,
        "m",
        round=attempt.round,
        candidate=attempt.candidate,
        candidates=attempt.candidates,
    )
    return AttemptRecord(attempt, result, row, "b" * 40)


def play(rounds: list[list[int]], base: TaskBase = BASE) -> list[tuple[Attempt, ...]]:
    """Rounds of the local tier, of which each attempt fails so many tests; the plans of each."""
    run, plans = run_with(base), []
    for at, failing in enumerate(rounds):
        plan = plan_round(run, Attempt(at + 1, "local", at))
        plans.append(plan)
        records = [judged(each, count) for each, count in zip(plan, failing, strict=True)]
        run = replace(run, attempts=(*run.attempts, *order_round(records)))
    return plans


def names(plan: tuple[Attempt, ...]) -> list[str]:
    return [each.strategy for each in plan]


def test_one_at_a_time_they_are_as_ever() -> None:
    """With room for one, numbers, places and strategies are those of attempts in a row."""
    plans = play([[5]] * 7, replace(BASE, candidates=1))
    assert (
        [each.number for (each,) in plans] == [each.nth + 1 for (each,) in plans] == [*range(1, 8)]
    )
    assert [each.strategy for (each,) in plans] == [
        *(each.name for each in LOCAL_STRATEGIES),
        LOCAL_STRATEGIES[0].name,
    ]
    assert not any(each.candidate for (each,) in plans)


def test_the_first_is_made_alone_and_then_candidates_by_different_strategies() -> None:
    """Their numbers go on; the round is counted by the limits."""
    (first,), second = play([[5], [5, 5, 5]])
    assert (first.candidate, first.strategy) == (0, LOCAL_STRATEGIES[0].name)
    assert [(each.number, each.round, each.candidate) for each in second] == [
        *((2, 2, 1), (3, 2, 2), (4, 2, 3))
    ]
    assert names(second) == [each.name for each in CANDIDATES[:3]]
    assert len({each.nth for each in second}) == 3


def test_what_came_nearer_is_repaired_twice_and_then_there_are_new_candidates() -> None:
    """A third repair of the same gains nothing."""
    *_, third, fourth, fifth, sixth = play(
        [[5], [4, 2, 3], [2, 2, 2], [2, 3, 2], [5, 5, 5], [1, 1, 1]]
    )
    assert names(third) == [each.name for each in REPAIRS[:3]]
    assert {*names(fourth)} <= {each.name for each in REPAIRS}
    assert {*names(fifth)} <= {each.name for each in CANDIDATES}
    assert {*names(sixth)} <= {each.name for each in CANDIDATES}, "the same one was repaired twice"
    assert names(fifth) != [each.name for each in CANDIDATES[:3]], "new ones go on in the table"


def test_new_candidates_that_come_nearer_are_repaired_again() -> None:
    """They are another version than the one that was."""
    *_, sixth = play([[5], [4, 2, 3], [2, 2, 2], [2, 3, 2], [5, 1, 5], [1, 1, 1]])
    assert {*names(sixth)} <= {each.name for each in REPAIRS}


def test_what_is_no_nearer_than_the_file_is_not_repaired() -> None:
    """A small model hardly comes back from a draft that is no better."""
    *_, third = play([[5], [5, 6, 7], [5, 5, 5]])
    assert {*names(third)} <= {each.name for each in CANDIDATES}


@pytest.mark.parametrize("tier", ["manifest", "senior"])
def test_only_the_local_tier_is_asked_for_several(tier: TierName) -> None:
    """Senior may cost money, and exact blocks are one."""
    done = (judged(Attempt(1, "local", 0)), judged(Attempt(2, "local", 1)))
    (only,) = plan_round(run_with(BASE, *done), Attempt(3, tier, 0))
    assert (only.number, only.tier, only.nth, only.candidate) == (3, tier, 0, 0)


def test_rounds_that_do_not_count_begin_anew_with_further_numbers() -> None:
    """As for the second turn of a task: its evidence stays beside that of the first."""
    *_, last = play([[5], [5, 5, 5]])
    rows = tuple(judged(each).row for each in (Attempt(1, "local", 0, 1), *last))
    (first,) = plan_round(run_with(planning_rows=rows, used=2, free=2), Attempt(3, "local", 0))
    assert (first.number, first.round, first.nth, first.candidate) == (5, 3, 0, 0)


def test_what_a_round_came_to_stands_last() -> None:
    """The first that passed; else the fewest failing tests, of equal ones the first."""
    plan = play([[5], [5, 5, 5]])[1]
    red = [judged(each, count) for each, count in zip(plan, (3, 2, 2), strict=True)]
    assert [each.attempt.candidate for each in order_round(red)] == [1, 3, 2]
    green = [red[0], judged(plan[1], 0, "passed"), judged(plan[2], 0, "passed")]
    assert [each.attempt.candidate for each in order_round(green)] == [1, 3, 2]
    unread = [replace(each, result=AttemptResult("edit refused")) for each in red]
    assert order_round(unread) == tuple(unread)


def test_a_tier_is_silent_only_where_no_candidate_said_anything() -> None:
    """One that only thought keeps nobody from asking again."""
    plan = play([[5], [5, 5, 5]])[1]
    silent = [replace(judged(each), result=AttemptResult("no answer")) for each in plan]
    assert run_with(BASE, *silent).silent_tiers == {"local"}
    assert run_with(BASE, *silent[:2], judged(plan[2])).silent_tiers == frozenset()


def test_each_strategy_of_the_table_is_found_by_its_name() -> None:
    """What was recorded by its name is the same when a killed run goes on."""
    for row in SIZES.values():
        for each in (*row.in_a_row, *row.candidates, *row.repairs):
            assert find_strategy(each.name) == each


def test_strategies_that_were_chosen_are_asked_in_their_order() -> None:
    base = replace(BASE, candidates=1, strategies=("another way", "smallest change"))
    assert [plan[0].strategy for plan in play([[5], [5], [5]], base)] == [
        "another way",
        "smallest change",
        "another way",
    ]


def test_candidates_are_asked_in_the_ways_that_were_chosen() -> None:
    base = replace(BASE, candidates=2, strategies=("another way", "smallest change"), digest="")
    first, second = play([[5], [5, 5]], base)
    assert [each.strategy for each in first] == ["another way"]
    assert [each.strategy for each in second] == ["another way", "smallest change"]


def test_every_strategy_of_a_size_can_be_named_in_the_settings() -> None:
    known = {name for row in SIZES.values() for name in name_strategies(row)}
    assert known == set(get_args(StrategyName))
