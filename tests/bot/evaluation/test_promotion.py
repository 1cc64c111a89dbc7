"""A kind is proposed for the local tier by counts, and taken from it only where that is sure."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.config.tiers import DoingTier
from bot.evaluation import Configuration, ReplayResult
from bot.evaluation.choose_start import TierOffer
from bot.evaluation.promotion import Promotion, judge_kinds

LOCAL = Configuration("local", "script:small")
SENIOR = Configuration("senior", "script:large", "large")
OFFERS = (TierOffer("local", "script:small"), TierOffer("senior", "script:large", "large"))
RUN = ReplayResult("t", "fix", "short", "python", LOCAL, 0, passed=True)


def make_runs(
    way: Configuration, passed: int, runs: int, tasks: str = "t"
) -> Iterator[ReplayResult]:
    for at in range(runs):
        task = f"{tasks}-{at % 10}"
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
