"""`tier = "auto"` goes by enough runs, not too old, of what the settings name, and says so."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.config.repository import KindStart
from bot.config.tiers import Sampling, TierSettings
from bot.evaluation import Configuration, ReplayResult, TaskClass
from bot.evaluation.choose_start import (
    Start,
    TierOffer,
    build_start_table,
    choose_start,
    offer_tier,
)
from bot.evaluation.left_out import MAX_AGE_DAYS
from bot.evaluation.result import digest_settings

NOW = 1.8e9
LOCAL = Configuration("local", "script:small")
SENIOR = Configuration("senior", "script:large", "large")
OFFERS = (TierOffer("local", "script:small"), TierOffer("senior", "script:large", "large"))
FIX = TaskClass("fix", "short", "python")
RUN = ReplayResult("t", "fix", "short", "python", LOCAL, 0, passed=True, at=NOW)


def make_runs(
    way: Configuration, passed: int, runs: int, cost: float = 0.0, run: ReplayResult = RUN
) -> Iterator[ReplayResult]:
    for at in range(runs):
        task = f"job/task-{at}"
        yield replace(run, task=task, configuration=way, run=at, passed=at < passed, cost=cost)


def choose(*runs: ReplayResult, offers: tuple[TierOffer, ...] = OFFERS) -> Start:
    return choose_start(FIX, build_start_table(runs, offers, NOW))


@pytest.mark.parametrize(
    ("local", "tier"), [(28, "local"), (22, "local"), (10, "local"), (5, "senior"), (0, "senior")]
)
def test_a_cheap_local_tier_begins_unless_it_is_hopeless(local: int, tier: str) -> None:
    start = choose(*make_runs(LOCAL, local, 30, 0.001), *make_runs(SENIOR, 30, 30, 0.02))
    assert start.tier == tier
    assert f"local {local} of 30" in start.why
    assert "senior 30 of 30 (89 to 100 %) at 0.0200" in start.why


def test_the_expected_cost_of_both_orders_is_told() -> None:
    start = choose(*make_runs(LOCAL, 30, 30, 0.001), *make_runs(SENIOR, 30, 30, 0.02))
    assert "expected cost 0.0033 a task, the other way round 0.0201" in start.why


def test_a_tier_whose_hidden_tests_fail_does_not_begin_however_cheap_it_is() -> None:
    """Nobody mends what has passed."""
    false = (replace(each, hidden_passed=each.run < 20) for each in make_runs(LOCAL, 30, 30, 0.001))
    assert choose(*false, *make_runs(SENIOR, 30, 30, 0.02)).tier == "senior"


def test_where_no_tier_passes_local_begins_and_it_is_said() -> None:
    start = choose(*make_runs(LOCAL, 1, 30, 0.001), *make_runs(SENIOR, 2, 30, 0.02))
    assert start.tier == "local"
    assert "no tier surely passes fix short python" in start.why


def test_a_cheap_tier_that_often_fails_is_dearer_than_one_that_passes() -> None:
    runs = [*make_runs(LOCAL, 70, 100, 0.019), *make_runs(SENIOR, 100, 100, 0.02)]
    assert choose(*runs).tier == "senior"


def test_of_tiers_that_cost_nothing_the_local_one_begins() -> None:
    assert choose(*make_runs(LOCAL, 24, 30), *make_runs(SENIOR, 30, 30)).tier == "local"


@pytest.mark.parametrize(
    "runs",
    [
        [*make_runs(LOCAL, 0, 29), *make_runs(SENIOR, 30, 30)],
        [*make_runs(LOCAL, 0, 30), *make_runs(SENIOR, 29, 29)],
        [*make_runs(LOCAL, 0, 30), *make_runs(replace(SENIOR, model="script:other"), 30, 30)],
        [*make_runs(LOCAL, 0, 30), *make_runs(replace(SENIOR, thinking=512), 30, 30)],
        [
            *make_runs(LOCAL, 0, 30),
            *make_runs(SENIOR, 30, 30, run=replace(RUN, at=NOW - MAX_AGE_DAYS * 86_400 - 1)),
        ],
        [*make_runs(LOCAL, 0, 30), *make_runs(SENIOR, 30, 30, run=replace(RUN, kind="edit"))],
        [*make_runs(LOCAL, 0, 30), *(replace(r, task="one") for r in make_runs(SENIOR, 30, 30))],
    ],
    ids=[
        "few local",
        "few senior",
        "another model",
        "other thinking",
        "old",
        "another kind",
        "one task",
    ],
)
def test_without_enough_that_counts_the_local_tier_begins_and_it_is_said(
    runs: list[ReplayResult],
) -> None:
    start = choose(*runs)
    assert start.tier == "local"
    assert "too few runs of fix were measured" in start.why
    assert "and not 30 of 5 tasks each" in start.why


def test_runs_that_do_not_count_are_told() -> None:
    start = choose(*make_runs(replace(LOCAL, model="script:other"), 1, 7))
    assert "7 do not count: 7 of another model than the settings have first" in start.why


def test_the_most_like_tasks_decide_where_there_are_enough_of_them() -> None:
    go = replace(RUN, language="go")
    runs = [
        *make_runs(LOCAL, 30, 30, run=go),
        *make_runs(LOCAL, 2, 30),
        *make_runs(SENIOR, 30, 30, 0.02, run=go),
        *make_runs(SENIOR, 30, 30, 0.02),
    ]
    table = build_start_table(runs, OFFERS, NOW)
    assert choose_start(FIX, table).tier == "senior"
    assert choose_start(replace(FIX, language="go"), table).tier == "local"
    rust = choose_start(replace(FIX, language="rust"), table).why
    assert "of fix short: local 32 of 60" in rust


def test_the_local_tier_is_asked_as_it_passed_most_cheaply() -> None:
    three = replace(LOCAL, candidates=3, strategies=("smallest change",))
    runs = [*make_runs(LOCAL, 22, 30, 0.01), *make_runs(three, 30, 30, 0.012)]
    start = choose(*runs)
    assert (start.strategies, start.candidates) == (("smallest change",), 3)
    assert start.why.endswith(
        "; local is asked for 3 answers side by side by the ways smallest change"
    )


def test_what_a_person_set_is_not_measured_away() -> None:
    offer = replace(OFFERS[0], candidates=1)
    three = replace(LOCAL, candidates=3)
    start = choose(*make_runs(three, 30, 30), *make_runs(LOCAL, 30, 30), offers=(offer,))
    assert start.candidates == 1


def test_a_tier_is_offered_as_its_settings_say() -> None:
    settings = TierSettings(models=("llama-server:/srv/qwen-1.5b.gguf",), thinking="off")
    assert offer_tier("local", settings, prompts="v") == TierOffer(
        "local",
        "llama-server:qwen-1.5b.gguf",
        "small",
        "off",
        settings=digest_settings(settings),
        prompts="v",
    )


@pytest.mark.parametrize(
    ("changed", "counts"),
    [
        ({"context": 16_384}, False),
        ({"sampling": Sampling(temperature=1.0)}, False),
        ({"price_in": 2.0}, False),
        ({"timeout": 60.0}, True),
    ],
)
def test_runs_under_other_settings_count_only_where_these_change_no_answer(
    changed: dict[str, object], counts: bool
) -> None:
    measured = TierSettings(models=("script:small",))
    way = replace(LOCAL, settings=digest_settings(measured))
    apart = offer_tier("local", measured.model_copy(update=changed)).tell_apart(way)
    assert apart == (None if counts else "settings")


@pytest.mark.parametrize(("model", "tier"), [("script:small", "senior"), ("script:new", "local")])
def test_what_a_person_merged_holds_for_the_models_it_names(model: str, tier: str) -> None:
    starts = {"fix": KindStart(tier="senior", local=model, senior="script:large")}
    runs = [*make_runs(LOCAL, 30, 30, 0.001), *make_runs(SENIOR, 30, 30, 0.02)]
    start = choose_start(FIX, build_start_table(runs, OFFERS, NOW, starts))
    assert start.tier == tier
    assert ("[auto.fix]" in start.why) == (tier == "senior")


def test_a_tier_that_alone_is_asked_begins() -> None:
    start = choose(offers=OFFERS[1:])
    assert (start.tier, start.why) == ("senior", "senior, which alone is asked")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"prompts": "before"}, "of another version of how Bricklayer asks"),
        ({"identity": "other"}, "of other weights by that name"),
        ({"identity": "other", "prompts": "before"}, "of other weights by that name"),
    ],
)
def test_runs_of_another_version_or_of_other_weights_decide_nothing(
    changed: dict[str, str], why: str
) -> None:
    """Each is told with the first reason that holds."""
    runs = make_runs(replace(LOCAL, **changed), 0, 30)
    start = choose(*runs, *make_runs(SENIOR, 30, 30, 0.02))
    assert start.tier == "local"
    assert start.why.endswith(f"; 30 do not count: 30 {why}")
