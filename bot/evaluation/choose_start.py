"""Which tier begins a task, and how it is asked: what `tier = "auto"` goes by."""

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.config.repository import KindStart
from bot.config.tiers import (
    DoingTier,
    Size,
    StrategyName,
    Thinking,
    TierSettings,
    WorkKind,
)
from bot.evaluation.left_out import MAX_AGE_DAYS, WORDS, LeftOut, Why, count_left_out
from bot.evaluation.result import Configuration, ReplayResult, digest_settings
from bot.evaluation.table import (
    MARGIN,
    MIN_RUNS,
    MIN_TASKS,
    By,
    Group,
    TableRow,
    find_best,
    tabulate,
)
from bot.evaluation.task_class import TaskClass
from bot.models.model_size import find_size
from bot.models.spec import name_model
from bot.prompts.tool_strategies import choose_mode

_DAY_SECONDS = 86_400
HOPELESS = 0.1
"""A tier that may pass less often than this is not asked first, however little it costs: its
attempts take time."""
# From what says most of a task to what most runs have in common.
_GROUPINGS: tuple[tuple[By, ...], ...] = (("kind", "size", "language"), ("kind", "size"), ("kind",))


@dataclass(frozen=True, slots=True)
class TierOffer:
    """What the settings have for a tier.

    `candidates` and `strategies` are a person's own choice: None and nothing where it is left to
    what was measured. `settings`, `prompts` and `identity` are as `Configuration` has them.
    """

    tier: DoingTier
    model: str
    size: Size = "small"
    thinking: Thinking = "auto"
    in_turns: bool = False
    strategies: tuple[StrategyName, ...] = ()
    candidates: int | None = None
    settings: str = ""
    prompts: str = ""
    identity: str = ""

    def tell_apart(self, way: Configuration) -> Why | None:
        """Why that is not how this tier would do a task; None where it is."""
        if (self.tier, self.model) != (way.tier, way.model):
            return "model"
        if self.identity != way.identity:
            return "weights"
        if self.prompts != way.prompts:
            return "version"
        same = (
            (self.size, self.thinking, self.in_turns)
            == (way.model_size, way.thinking, way.in_turns)
            and self.candidates in {None, way.candidates}
            and self.strategies in {(), way.strategies}
            and way.settings in {"", self.settings}
        )
        return None if same else "settings"


@dataclass(frozen=True, slots=True)
class StartTable:
    """The rows that count for what the settings offer; `left_out` are runs that do not.

    `merged` is who begins a kind as a person decided for these models.
    """

    offers: tuple[TierOffer, ...]
    rows: Mapping[Group, tuple[TableRow, ...]]
    left_out: tuple[LeftOut, ...]
    merged: Mapping[str, DoingTier] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """`cost` is a task's, `good` how often it ends well, 0 to 1."""

    first: TableRow
    then: TableRow
    cost: float
    good: float

    @property
    def begins_local(self) -> bool:
        return self.first.configuration.tier == "local"


@dataclass(frozen=True, slots=True)
class Start:
    """`tier` is asked first. Without `strategies` and `candidates` those of the settings hold.

    `why` is one line for a person.
    """

    tier: DoingTier
    why: str
    strategies: tuple[StrategyName, ...] = ()
    candidates: int | None = None


def offer_tier(
    tier: DoingTier, settings: TierSettings, identity: str = "", prompts: str = ""
) -> TierOffer:
    """By its first model: that is the one that is asked as long as it answers."""
    in_turns = choose_mode(settings) == "agent"
    # Who looks at what came of its work and goes on from there is asked alone, in its own way.
    alone = tier != "local" or in_turns or settings.models[0].startswith("agent:")
    return TierOffer(
        tier,
        name_model(settings.models[0]),
        find_size(settings),
        settings.thinking,
        in_turns,
        () if in_turns else settings.strategies,
        None if alone else settings.candidates,
        digest_settings(settings),
        prompts,
        identity,
    )


def count_results(
    results: Iterable[ReplayResult], offers: Sequence[TierOffer], now: float
) -> tuple[list[ReplayResult], tuple[LeftOut, ...]]:
    """Those that count, and how many do not: old ones, and those of what is not offered.

    `now` is in seconds since 1970.
    """
    by_tier = {offer.tier: offer for offer in offers}
    since = now - MAX_AGE_DAYS * _DAY_SECONDS
    counted: list[ReplayResult] = []
    left_out: list[tuple[ReplayResult, Why]] = []
    for each in results:
        offer = by_tier.get(each.configuration.tier)
        why = offer.tell_apart(each.configuration) if offer else "model"
        if why is None and each.at < since:
            why = "age"
        if why is None:
            counted.append(each)
        else:
            left_out.append((each, why))
    return counted, count_left_out(left_out)


def find_merged(
    starts: Mapping[WorkKind, KindStart], offers: Sequence[TierOffer]
) -> dict[str, DoingTier]:
    """Of a repository's `[auto.KIND]` those that a person merged for just these models."""
    models = {offer.tier: offer.model for offer in offers}
    return {
        kind: start.tier
        for kind, start in starts.items()
        if models == {"local": start.local, "senior": start.senior}
    }


def build_start_table(
    results: Iterable[ReplayResult],
    offers: Sequence[TierOffer],
    now: float,
    starts: Mapping[WorkKind, KindStart] | None = None,
) -> StartTable:
    """Of what was measured and of what the repository says."""
    counted, left_out = count_results(results, offers, now)
    rows: dict[Group, tuple[TableRow, ...]] = {}
    for by in _GROUPINGS:
        for row in tabulate(counted, by):
            rows[row.group] = (*rows.get(row.group, ()), row)
    return StartTable(tuple(offers), rows, left_out, find_merged(starts or {}, offers))


def choose_start(task: TaskClass, table: StartTable) -> Start:
    """The order of tiers that ends as well as the other one and is expected to cost least.

    Where a person has merged who begins the kind, that holds. Else looked at are tasks of the same
    kind, size and language, then of the same kind and size, then of the kind: the first of these of
    which every tier has enough runs decides. An order counts that ends well no more than `MARGIN`
    less often than the best one, and whose first tier surely passes at least `HOPELESS` of them; of
    those the one that costs least (`expect_order`), and of equal costs local first. Where too
    little was measured, or no tier passes, local begins, as ever. How it is asked follows from its
    own runs, whoever begins.
    """
    local = find_best(_list_enough(table, task, "local"))
    if merged := table.merged.get(task.kind):
        return _start(merged, local, f"{merged}, as [auto.{task.kind}] of .bricklayer.toml says")
    if len(table.offers) == 1:
        tier = table.offers[0].tier
        return _start(tier, local, f"{tier}, which alone is asked")
    for group in _list_groups(task):
        rows = [row for row in table.rows.get(group, ()) if row.is_enough]
        if {row.configuration.tier for row in rows} == {offer.tier for offer in table.offers}:
            return _decide(group, rows)
    return _start("local", local, _explain_too_few(task, table))


def _list_groups(task: TaskClass) -> list[Group]:
    return [Group(**{name: getattr(task, name) for name in by}) for by in _GROUPINGS]


def _list_enough(table: StartTable, task: TaskClass, tier: str) -> list[TableRow]:
    groups = (table.rows.get(group, ()) for group in _list_groups(task))
    found = ([r for r in rows if r.is_enough and r.configuration.tier == tier] for rows in groups)
    return next(filter(None, found), [])


def _decide(group: Group, rows: Sequence[TableRow]) -> Start:
    orders = [
        expect_order(first, then)
        for first, then in itertools.permutations(rows, 2)
        if first.configuration.tier != then.configuration.tier
    ]
    good = max(each.good for each in orders) - MARGIN
    worth = [each for each in orders if each.good >= good and each.first.good.low >= HOPELESS]
    if not worth:
        local = find_best(row for row in rows if row.configuration.tier == "local")
        told = ", ".join(describe_row(row) for row in rows)
        return _start("local", local, f"local, as no tier surely passes {group}: {told}")
    best = min(worth, key=lambda each: (each.cost, not each.begins_local, str(each)))
    tier = best.first.configuration.tier
    other = min((e.cost for e in orders if e.begins_local != best.begins_local), default=0.0)
    cost = f"expected cost {best.cost:.4f} a task, the other way round {other:.4f}"
    told = f"{describe_row(best.first)}, then {describe_row(best.then)}{_say_chosen(rows)}"
    local = best.first if best.begins_local else best.then
    return _start(tier, local, f"{tier}, by what was measured of {group}: {told}; {cost}")


def _say_chosen(rows: Sequence[TableRow]) -> str:
    """Where a tier was asked in several ways: by the runs that chose it the best looks better."""
    ways = max(Counter(row.configuration.tier for row in rows).values())
    return f" (the runs that chose the best of {ways} ways)" if ways > 1 else ""


def expect_order(first: TableRow, then: TableRow) -> Order:
    """What a task costs, and how often it ends well, where `then` follows a `first` that fails.

    The cost is by the lower end of how often the first passes. Only the tasks' own checks call the
    other tier: what passes them and is wrong stays wrong.
    """
    return Order(
        first,
        then,
        first.cost + (1 - first.rate.low) * then.cost,
        first.good.part + (1 - first.rate.part) * then.good.part,
    )


def _start(tier: DoingTier, local: TableRow | None, why: str) -> Start:
    """With the ways of `local`, the row that it passed by at the least cost."""
    way = local.configuration if local else None
    if way is None or way.in_turns:
        return Start(tier, why)
    asked = [f"{way.candidates} answers side by side"] if way.candidates > 1 else []
    asked += [f"the ways {', '.join(way.strategies)}"] if way.strategies else []
    told = f"; local is asked for {' by '.join(asked)}" if asked else ""
    return Start(tier, f"{why}{told}", way.strategies, way.candidates)


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
    least = f"{MIN_RUNS} of {MIN_TASKS} tasks each"
    why = f"local, as too few runs of {task.kind} were measured: {told}, and not {least}"
    return f"{why}{_say_left_out(task, table)}"


def _say_left_out(task: TaskClass, table: StartTable) -> str:
    counts: Counter[Why] = Counter()
    for each in table.left_out:
        counts[each.why] += each.count if each.kind == task.kind else 0
    told = ", ".join(f"{counts[why]} {words}" for why, words in WORDS.items() if counts[why])
    return f"; {counts.total()} do not count: {told}" if told else ""
