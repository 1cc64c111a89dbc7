"""How it goes over weeks: how often attempts pass, by what, and how much of the work stays local.

A rate stands with its interval, so that few attempts do not look like many.
"""

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from bot.pass_rate import PassRate
from bot.storage.overview import Visible
from bot.storage.plan_facts import PlanFactStore, PlannerCount, describe_faults
from bot.storage.review_records import PassSum, sum_passes
from bot.storage.statistics import (
    MAX_NUMBER,
    PassCount,
    Statistics,
    WeekSum,
    begin_of_week,
    find_week,
)
from runners.dashboard.charts import Chart, draw_chart

By = Literal["tier", "model", "kind", "attempt", "coaching"]
BYS: tuple[By, ...] = get_args(By)
SPANS = (4, 12, 52)
"""Weeks that can be looked back."""
MAX_ROWS = 20
"""Of one table, those with most attempts."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`low` and `high` are the ends of Wilson's interval at 95 %, 0 to 1."""

    name: str
    attempts: int
    passed: int
    low: float
    high: float

    @property
    def part(self) -> float:
        return self.passed / self.attempts if self.attempts else 0.0


@dataclass(frozen=True, slots=True)
class Week:
    """`begins` is its Monday. Shares are 0 to 1, None where nothing was spent.

    `frontier_per_landed` are tokens that left this network for each job that was merged.
    """

    begins: str
    local_share: float | None
    local_share_out: float | None
    frontier_tokens: int
    landed: int
    cost: float

    @property
    def frontier_per_landed(self) -> float | None:
        return self.frontier_tokens / self.landed if self.landed else None


@dataclass(frozen=True, slots=True)
class WeeksPage:
    """`planners`: by model how many of its plans no build found fault with, and faults by kind.

    `most` rows of a table are shown, and how many more there are.
    """

    span: int
    rates: Mapping[By, Sequence[Rate]]
    weeks: Sequence[Week]
    planners: Sequence[tuple[Rate, str]] = ()
    passes: Sequence[PassSum] = ()
    most: int = MAX_ROWS

    @property
    def landed(self) -> int:
        return sum(week.landed for week in self.weeks)


def read_weeks(statistics: Statistics, visible: Visible, span: int) -> WeeksPage:
    """The last `span` weeks, this one among them."""
    first = find_week(time.time()) - span + 1
    since = begin_of_week(first)
    counts = statistics.count_passes(visible, since)
    sums = {each.week: each for each in statistics.sum_weeks(visible, since)}
    landed = statistics.count_landed(visible, since)
    weeks = [_sum_week(at, sums.get(at), landed.get(at, 0)) for at in range(first, first + span)]
    planners = PlanFactStore(statistics.engine).count_planners(since, visible)
    return WeeksPage(
        span,
        {by: list_rates(counts, by) for by in BYS},
        weeks,
        [*map(_rate_planner, planners)],
        sum_passes(statistics.engine, visible, since),
    )


def _rate_planner(count: PlannerCount) -> tuple[Rate, str]:
    sound = max(0, count.plans - count.faulty)
    return make_rate(count.model, count.plans, sound), describe_faults(count.faults)


def list_rates(counts: Iterable[PassCount], by: By) -> list[Rate]:
    """Most attempts first; by attempt in their order."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    name = _NAMES[by]
    for each in counts:
        both = sums[name(each)]
        both[0] += each.attempts
        both[1] += each.passed
    rates = [make_rate(each, *both) for each, both in sums.items()]
    if by == "attempt":
        return sorted(rates, key=lambda rate: rate.name)
    return sorted(rates, key=lambda rate: (-rate.attempts, rate.name))


def make_rate(name: str, attempts: int, passed: int) -> Rate:
    rate = PassRate(passed, attempts)
    return Rate(name, attempts, passed, rate.low, rate.high)


def _name_attempt(each: PassCount) -> str:
    return f"{each.number} and later" if each.number == MAX_NUMBER else str(each.number)


_NAMES: Mapping[By, Callable[[PassCount], str]] = {
    "tier": lambda each: each.tier,
    "model": lambda each: f"{each.model} ({each.tier})",
    "kind": lambda each: each.kind or "not noted",
    "attempt": _name_attempt,
    "coaching": lambda each: "with lessons" if each.coached else "without lessons",
}


def _sum_week(at: int, found: WeekSum | None, landed: int) -> Week:
    begins = dt.datetime.fromtimestamp(begin_of_week(at), dt.UTC).date().isoformat()
    if found is None:
        return Week(begins, None, None, 0, landed, 0.0)
    return Week(
        begins,
        1 - found.away / found.tokens if found.tokens else None,
        1 - found.away_out / found.tokens_out if found.tokens_out else None,
        found.away,
        landed,
        found.cost,
    )


def draw_weeks(page: WeeksPage) -> tuple[Chart, ...]:
    names = [week.begins for week in page.weeks]
    per_landed = [week.frontier_per_landed for week in page.weeks]
    landed = [float(week.landed) for week in page.weeks]
    return (
        draw_chart(
            "Local share of tokens",
            names,
            [
                ("all tokens", [week.local_share for week in page.weeks]),
                ("answered tokens", [week.local_share_out for week in page.weeks]),
            ],
            1.0,
            percent=True,
        ),
        draw_chart(
            "Frontier tokens for each job that was merged",
            names,
            [("tokens", per_landed)],
            max((each for each in per_landed if each is not None), default=0.0),
        ),
        draw_chart("Jobs that were merged", names, [("jobs", landed)], max(landed, default=0.0)),
    )
