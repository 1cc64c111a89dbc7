"""Which tier begins a task, and how it is asked: what `tier = "auto"` goes by."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.config.tiers import DoingTier, Size, StrategyName, Thinking, TierSettings
from bot.evaluation.result import Configuration, ReplayResult
from bot.evaluation.table import (
    MIN_RUNS,
    MIN_TASKS,
    By,
    Group,
    TableRow,
    find_cheapest,
    find_surest,
    tabulate,
)
from bot.evaluation.task_class import TaskClass
from bot.models.model_size import find_size
from bot.models.spec import name_model
from bot.prompts.tool_strategies import choose_mode

MAX_AGE_DAYS = 90
"""Older runs do not count: models keep their names, but prompts and servers change."""
_DAY_SECONDS = 86_400
# From what says most of a task to what most runs have in common.
_GROUPINGS: tuple[tuple[By, ...], ...] = (("kind", "size", "language"), ("kind", "size"), ("kind",))


@dataclass(frozen=True, slots=True)
class TierOffer:
    """What the settings have for a tier.

    `candidates` and `strategies` are a person's own choice: None and nothing where it is left to
    what was measured.
    """

    tier: DoingTier
    model: str
    size: Size = "small"
    thinking: Thinking = "auto"
    in_turns: bool = False
    strategies: tuple[StrategyName, ...] = ()
    candidates: int | None = None

    def has(self, way: Configuration) -> bool:
        """Whether that is how this tier would do a task."""
        same = (self.tier, self.model, self.size, self.thinking, self.in_turns)
        return (
            same == (way.tier, way.model, way.model_size, way.thinking, way.in_turns)
            and self.candidates in {None, way.candidates}
            and self.strategies in {(), way.strategies}
        )


@dataclass(frozen=True, slots=True)
class StartTable:
    """The rows that count for what the settings offer; `left_out` are runs that do not, by kind."""

    offers: tuple[TierOffer, ...]
    rows: Mapping[Group, tuple[TableRow, ...]]
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Start:
    """`tier` is asked first. Without `strategies` and `candidates` those of the settings hold.

    `why` is one line for a person.
    """

    tier: DoingTier
    why: str
    strategies: tuple[StrategyName, ...] = ()
    candidates: int | None = None


def offer_tier(tier: DoingTier, settings: TierSettings) -> TierOffer:
    """By its first model: that is the one that is asked as long as it answers."""
    return TierOffer(
        tier,
        name_model(settings.models[0]),
        find_size(settings),
        settings.thinking,
        choose_mode(settings) == "agent",
        settings.strategies,
        settings.candidates if tier == "local" else None,
    )


def build_start_table(
    results: Iterable[ReplayResult], offers: Sequence[TierOffer], now: float
) -> StartTable:
    """`now` is in seconds since 1970. Old runs, and those of what is not offered, do not count."""
    counted: list[ReplayResult] = []
    left_out: dict[str, int] = {}
    for each in results:
        young = each.at >= now - MAX_AGE_DAYS * _DAY_SECONDS
        if young and any(offer.has(each.configuration) for offer in offers):
            counted.append(each)
        else:
            left_out[each.kind] = left_out.get(each.kind, 0) + 1
    rows: dict[Group, tuple[TableRow, ...]] = {}
    for by in _GROUPINGS:
        for row in tabulate(counted, by):
            rows[row.group] = (*rows.get(row.group, ()), row)
    return StartTable(tuple(offers), rows, left_out)


def choose_start(task: TaskClass, table: StartTable) -> Start:
    """The tier that by its runs does such tasks at the least cost (`find_cheapest`).

    Looked at are tasks of the same kind, size and language, then of the same kind and size, then of
    the kind: the first of these of which every tier has enough runs decides. Where there is
    none, or no tier surely passes, the local tier begins, as ever. How it is asked follows from its
    own runs, whoever begins.
    """
    for group in _list_groups(task):
        rows = [row for row in table.rows.get(group, ()) if row.is_enough]
        if {row.configuration.tier for row in rows} == {offer.tier for offer in table.offers}:
            return _decide(group, rows)
    local = _find_best(_list_enough(table, task, "local"))
    return _start("local", local, _explain_too_few(task, table))


def _list_groups(task: TaskClass) -> list[Group]:
    return [Group(**{name: getattr(task, name) for name in by}) for by in _GROUPINGS]


def _list_enough(table: StartTable, task: TaskClass, tier: str) -> list[TableRow]:
    groups = (table.rows.get(group, ()) for group in _list_groups(task))
    found = ([r for r in rows if r.is_enough and r.configuration.tier == tier] for rows in groups)
    return next(filter(None, found), [])


def _find_best(rows: Iterable[TableRow]) -> TableRow | None:
    rows = tuple(rows)
    return find_cheapest(rows) or find_surest(rows)


def _decide(group: Group, rows: Sequence[TableRow]) -> Start:
    by_tier = {
        tier: _find_best(row for row in rows if row.configuration.tier == tier)
        for tier in dict.fromkeys(row.configuration.tier for row in rows)
    }
    best = [row for row in by_tier.values() if row is not None]
    told = f"{group}: {', '.join(describe_row(row) for row in best)}"
    cheapest = find_cheapest(best)
    tier: DoingTier = cheapest.configuration.tier if cheapest else "local"
    why = f"{tier} passes at the least cost" if cheapest else "no tier surely passes, so local"
    return _start(tier, by_tier.get("local"), f"{why} ({told})")


def _start(tier: DoingTier, local: TableRow | None, why: str) -> Start:
    if local is None or local.configuration.in_turns:
        return Start(tier, why)
    return Start(tier, why, local.configuration.strategies, local.configuration.candidates)


def describe_row(row: TableRow) -> str:
    """`local 25 of 30 (66 to 93 %) at 0.0012`: the interval is at 95 %, the cost a run's mean."""
    rate, tier = row.good, row.configuration.tier
    ends = f"{rate.low * 100:.0f} to {rate.high * 100:.0f} %"
    return f"{tier} {rate.passed} of {rate.runs} ({ends}) at {row.cost:.4f}"


def _explain_too_few(task: TaskClass, table: StartTable) -> str:
    rows = sorted(table.rows.get(Group(task.kind), ()), key=lambda row: row.rate.runs)
    most = {offer.tier: "none" for offer in table.offers}
    for row in rows:
        most[row.configuration.tier] = f"{row.rate.runs} of {row.tasks} tasks"
    told = ", ".join(f"{tier} {runs}" for tier, runs in most.items())
    left = table.left_out.get(task.kind, 0)
    older = f"; {left} older or of other models and settings do not count" if left else ""
    least = f"{MIN_RUNS} of {MIN_TASKS} tasks each"
    return f"local, as too few runs of {task.kind} were measured: {told}, and not {least}{older}"
