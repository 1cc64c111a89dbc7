"""What replays came to: for each kind of task and each configuration, how often and at what cost.

It is data. `runners` and `handlers` render it.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from bot.evaluation.result import Configuration, ReplayResult
from bot.pass_rate import PassRate, rate_by_task

By = Literal["kind", "size", "language"]
MIN_RUNS = 30
"""Fewer say too little of a model: of 30 that pass half the time, 15 points either way."""
MIN_TASKS = 5
"""Runs of one task are much alike, so thirty of a single one say little of the next."""
MARGIN = 0.03
"""So much less often than another tier one may pass and still take its place: three points."""
PASSING = 0.5
"""A configuration passes a kind of task where its true rate is at least this."""


@dataclass(frozen=True, slots=True)
class Group:
    """Tasks that have something in common. What is empty is not told apart."""

    kind: str = ""
    size: str = ""
    language: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.kind, self.size, self.language))) or "all"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One configuration on one group of tasks.

    Rates have intervals that count a task's runs as alike as they are (`rate_by_task`).
    `rate` is by the tasks' own checks; `hidden` counts the runs of tasks that have hidden ones, and
    of these what passed both; `good` is by the hidden ones as well, where a task has any.
    Attempts, tokens and seconds are medians of runs. `cost` is a run's mean, as it is sums that are
    paid. `tasks` are different ones, `since` is when the oldest of its runs ended.
    """

    group: Group
    configuration: Configuration
    rate: PassRate
    hidden: PassRate
    good: PassRate
    tasks: int
    attempts: float
    tokens_in: float
    tokens_out: float
    seconds: float
    cost: float
    since: float

    @property
    def cost_per_pass(self) -> float:
        """What is paid until one is good.

        Whoever fails is followed by another tier, so the order of tiers that costs least in all is
        that of this, and not of what a run costs.
        """
        return self.cost / self.good.part if self.good.passed else math.inf

    @property
    def is_enough(self) -> bool:
        """Whether it says something of the next task: runs and tasks are not too few."""
        return self.rate.runs >= MIN_RUNS and self.tasks >= MIN_TASKS

    @property
    def is_worth_enough(self) -> bool:
        """Whether it says as much as enough runs of as many tasks would."""
        return self.is_enough and self.good.independent >= MIN_RUNS

    @property
    def passes(self) -> bool:
        """Whether it surely does this kind of task more often than not.

        By the lower end of the interval at 95 %, of runs that passed hidden checks too where there
        are any, and of enough runs (`is_enough`).
        """
        return self.is_enough and self.good.low >= PASSING


def tabulate(results: Iterable[ReplayResult], by: Sequence[By] = ("kind",)) -> tuple[TableRow, ...]:
    """One row for each group and configuration, groups by name, the cheapest first in each."""
    found: dict[tuple[Group, Configuration], list[ReplayResult]] = {}
    for each in results:
        group = Group(**{name: getattr(each, name) for name in by})
        found.setdefault((group, each.configuration), []).append(each)
    rows = (_sum_up(*key, runs) for key, runs in found.items())
    return tuple(sorted(rows, key=lambda row: (str(row.group), *_rank_cost(row))))


def find_cheapest(rows: Iterable[TableRow]) -> TableRow | None:
    """Of rows of one group the cheapest that passes; None where none surely does.

    Passing is decided first, by the lower end of the interval (`TableRow.passes`); then what one
    good run costs. Of equal costs it is the local tier, then the one that passes more surely, then
    the quicker one. So five of five beat nobody, and a tier that costs a tenth and passes two of
    three beats the one that always passes.
    """
    return min((row for row in rows if row.passes), key=_rank_cost, default=None)


def find_best(rows: Iterable[TableRow]) -> TableRow | None:
    """Of one tier's rows: the cheapest that passes, else the one that passes most surely."""
    rows = tuple(rows)
    return find_cheapest(rows) or find_surest(rows)


def find_surest(rows: Iterable[TableRow]) -> TableRow | None:
    """The one whose rate is highest at the lower end of its interval; None of no rows."""
    return min(rows, key=lambda row: (-row.good.low, _rank_cost(row)), default=None)


def _rank_cost(row: TableRow) -> tuple[float, bool, float, float, str]:
    is_senior = row.configuration.tier == "senior"
    return row.cost_per_pass, is_senior, -row.good.low, row.seconds, str(row.configuration)


def _sum_up(group: Group, configuration: Configuration, runs: Sequence[ReplayResult]) -> TableRow:
    hidden = [each for each in runs if each.hidden_passed is not None]
    return TableRow(
        group,
        configuration,
        rate_by_task((each.task, each.passed) for each in runs),
        rate_by_task((each.task, each.is_good) for each in hidden),
        rate_by_task((each.task, each.is_good) for each in runs),
        tasks=len({each.task for each in runs}),
        attempts=median(each.attempts for each in runs),
        tokens_in=median(each.tokens_in for each in runs),
        tokens_out=median(each.tokens_out for each in runs),
        seconds=median(each.seconds for each in runs),
        cost=math.fsum(each.cost for each in runs) / len(runs),
        since=min(each.at for each in runs),
    )
