"""A kind is proposed for the local tier by counts, and taken from it only where that is sure."""

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.config.tiers import DoingTier
from bot.evaluation import Configuration, ReplayResult
from bot.evaluation.choose_start import TierOffer
from bot.evaluation.left_out import LeftOut
from bot.evaluation.promotion import Promotion, Revert, judge_kinds

LOCAL = Configuration("local", "script:small")
SENIOR = Configuration("senior", "script:large", "large")
OFFERS = (TierOffer("local", "script:small"), TierOffer("senior", "script:large", "large"))
RUN = ReplayResult("t", "fix", "short", "python", LOCAL, 0, passed=True)


def make_runs(
    way: Configuration, passed: int, runs: int, tasks: str = "t", each: int = 1
) -> Iterator[ReplayResult]:
    """`each` runs of a task, those that pass first."""
    for at in range(runs):
        task = f"{tasks}-{at // each}"
        yield replace(RUN, task=task, configuration=way, run=at, passed=at < passed)


def judge(*runs: ReplayResult, before: DoingTier | None = None) -> Promotion:
    return judge_kinds(runs, OFFERS, {"fix": before} if before else {})


@pytest.mark.parametrize(
    ("local", "senior", "runs", "verdict"),
    [
        (30, 30, 30, "promote"),
        (97, 100, 100, "promote"),  # three points less, and no more
        (96, 100, 100, "keep"),  # four points, which may be chance
        (86, 100, 100, "demote"),
        (29, 29, 29, "too few"),
    ],
)
def test_three_points_decide(local: int, senior: int, runs: int, verdict: str) -> None:
    found = judge(*make_runs(LOCAL, local, runs), *make_runs(SENIOR, senior, runs))
    assert [each.verdict for each in found.verdicts] == [verdict]


def test_only_the_tasks_that_both_did_are_compared() -> None:
    """Else whoever was given the harder ones would lose."""
    hard = make_runs(LOCAL, 0, 100, "hard")
    found = judge(*make_runs(LOCAL, 30, 30), *hard, *make_runs(SENIOR, 30, 30))
    assert found.verdicts[0].verdict == "promote"
    assert found.verdicts[0].local is not None
    assert found.verdicts[0].local.rate.runs == 30
    assert found.left_out == (LeftOut("fix", "local", "unshared", 100),)


@pytest.mark.parametrize(("before", "changes"), [(None, True), ("senior", True), ("local", False)])
def test_what_is_merged_already_is_no_change(before: DoingTier | None, changes: bool) -> None:
    found = judge(*make_runs(LOCAL, 30, 30), *make_runs(SENIOR, 30, 30), before=before)
    assert bool(found.changes) == changes


def test_a_change_names_the_models_it_is_about() -> None:
    found = judge(*make_runs(LOCAL, 2, 40), *make_runs(SENIOR, 40, 40))
    assert found.changes["fix"].model_dump() == {
        "tier": "senior",
        "local": "script:small",
        "senior": "script:large",
    }


@pytest.mark.parametrize(("each", "verdict"), [(1, "promote"), (3, "too few")])
def test_thirty_runs_of_ten_tasks_are_not_thirty(each: int, verdict: str) -> None:
    """Runs of one task are much alike."""
    runs = [make_runs(way, 30, 30, each=each) for way in (LOCAL, SENIOR)]
    found = judge(*runs[0], *runs[1]).verdicts[0]
    assert (found.verdict, found.low > -0.15) == (verdict, each == 1)


def test_a_way_that_was_chosen_by_luck_is_compared_by_other_runs() -> None:
    """Each of eight ways passes four of five: the best of them by its own runs would pass more."""
    chance = random.Random(3)  # noqa: S311  # seeded
    ways = [replace(LOCAL, candidates=count) for count in range(1, 9)]
    runs = [
        replace(each, passed=chance.random() < 0.8)
        for way in ways
        for each in make_runs(way, 0, 80)
    ]
    best = max(sum(each.passed for each in runs if each.configuration == way) for way in ways)
    found = judge(*runs, *make_runs(SENIOR, 80, 80)).verdicts[0]
    assert found.chosen_of == 8
    assert found.local is not None
    assert found.local.good.part < best / 80
    assert 30 <= found.local.rate.runs < 60
    rows = (found.local, found.senior)
    told = sum(each.count for each in found.left_out) + sum(row.rate.runs for row in rows if row)
    assert told == len(runs) + 80, "each run is counted, or said to be left out"


def test_with_too_few_runs_that_chose_nothing_a_way_is_not_promoted() -> None:
    other = replace(LOCAL, candidates=3)
    runs = [*make_runs(LOCAL, 40, 40), *make_runs(other, 40, 40), *make_runs(SENIOR, 40, 40)]
    assert judge(*runs).verdicts[0].verdict == "too few"


@pytest.mark.parametrize(
    ("newer", "verdict"), [(0, "reverted"), (29, "reverted"), (30, "promote"), (40, "promote")]
)
def test_what_people_took_back_is_proposed_again_by_runs_since_then_alone(
    newer: int, verdict: str
) -> None:
    runs = [
        replace(each, at=200.0 if each.run < newer else 50.0)
        for way in (LOCAL, SENIOR)
        for each in make_runs(way, 40, 40)
    ]
    revert = Revert("c0ffee", 100.0)
    found = judge_kinds(runs, OFFERS, {}, {("fix", "local"): revert})
    (kind,) = found.verdicts
    assert (kind.verdict, kind.revert) == (verdict, revert)
    known = [LeftOut("fix", tier, "before revert", 40 - newer) for tier in ("local", "senior")]
    assert list(found.left_out) == (known if newer < 40 else [])
    assert found.reverts == ({"fix": "c0ffee"} if verdict == "promote" else {})
    assert bool(found.changes) == (verdict == "promote")
    other = judge_kinds(runs, OFFERS, {}, {("fix", "senior"): revert})
    assert other.verdicts[0].revert is None
