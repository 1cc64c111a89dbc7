"""Which kinds of task the local tier's model has earned, and which it has lost: for a person."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from bot.config.repository import KindStart
from bot.config.tiers import DoingTier, WorkKind
from bot.evaluation.choose_start import TierOffer
from bot.evaluation.left_out import LeftOut, Why, count_left_out
from bot.evaluation.result import Configuration, ReplayResult
from bot.evaluation.table import MARGIN, TableRow, find_best, tabulate
from bot.pass_rate import find_difference

_TIERS: tuple[DoingTier, DoingTier] = ("local", "senior")
_ROUNDING = 1e-9
"""Three of a hundred are 0.030000000000000027 by arithmetic."""
Verdict = Literal["promote", "demote", "keep", "too few", "reverted"]


@dataclass(frozen=True, slots=True)
class Revert:
    """A commit by which people took back who begins a kind; `at` in seconds since 1970."""

    commit: str
    at: float


Reverts = Mapping[tuple[str, DoingTier], Revert]
"""By kind, and by the tier that was to begin it."""


@dataclass(frozen=True, slots=True)
class KindVerdict:
    """What the runs of a kind say of who is to begin it.

    `local` and `senior` are on the same tasks, None where either has none. `apart` is how much more
    often local passes, 0 to 1, from `low` to `high` at 95 %. `before` is who begins it as merged,
    None where nothing is merged for these models. `chosen_of` is in how many ways a tier was asked,
    the most of both: above 1, other tasks than these chose the way. `revert` is what took just this
    back once: then only runs since then are counted. `left_out` are runs that are not in `local`
    and `senior`, though they are of what the settings have.
    """

    kind: WorkKind
    verdict: Verdict
    local: TableRow | None = None
    senior: TableRow | None = None
    apart: float = 0.0
    low: float = -1.0
    high: float = 1.0
    before: DoingTier | None = None
    chosen_of: int = 1
    revert: Revert | None = None
    left_out: tuple[LeftOut, ...] = ()

    @property
    def tier(self) -> DoingTier | None:
        """Who is to begin; None where that stays as it is."""
        tiers: Mapping[Verdict, DoingTier] = {"promote": "local", "demote": "senior"}
        return tiers.get(self.verdict)

    @property
    def is_change(self) -> bool:
        return self.tier is not None and self.tier != self.before


@dataclass(frozen=True, slots=True)
class Promotion:
    """The verdicts of all kinds that were measured, and the two models that they are about.

    `left_out` are all results that no verdict goes by.
    """

    local: str
    senior: str
    verdicts: tuple[KindVerdict, ...] = field(default=())
    left_out: tuple[LeftOut, ...] = ()

    @property
    def reverts(self) -> dict[str, str]:
        """By kind the commit after which a change is proposed anew."""
        changed = [each for each in self.verdicts if each.is_change and each.revert]
        return {each.kind: each.revert.commit for each in changed if each.revert}

    @property
    def changes(self) -> dict[WorkKind, KindStart]:
        """What a repository's `[auto]` is to say anew."""
        return {
            each.kind: KindStart(tier=each.tier, local=self.local, senior=self.senior)
            for each in self.verdicts
            if each.tier and each.is_change
        }


def judge_kinds(
    results: Iterable[ReplayResult],
    offers: Sequence[TierOffer],
    merged: Mapping[str, DoingTier],
    reverts: Reverts = MappingProxyType({}),
    left_out: Sequence[LeftOut] = (),
) -> Promotion:
    """`results` are those that count, `left_out` the others, `offers` a local and a senior tier.

    Both tiers are compared on the tasks that both did, each by the way of asking that does the kind
    at the least cost. Where a tier was asked in several ways, half of the tasks choose it and the
    other half alone is compared: the best of several looks better than it is by the runs that chose
    it (https://www.jmlr.org/papers/v11/cawley10a.html). With enough runs (`TableRow.is_enough`):

    - *promote*: local passes no more than `MARGIN` less often than senior, as counted, and the runs
      of each are worth enough independent ones. Thirty cannot prove three points (at rates of 80 to
      90 % it takes about a thousand), so the interval stands beside it, and a person decides.
    - *demote*: local surely passes more than `MARGIN` less often: all of the interval of the
      difference lies below it.
    - *keep*: anything between; so chance alone does not move a kind to and fro.
    - *reverted*: people took just this back, and the runs since then do not say it again.
    """
    models = {offer.tier: offer.model for offer in offers}
    by_kind: dict[WorkKind, list[ReplayResult]] = {}
    for each in results:
        by_kind.setdefault(each.kind, []).append(each)
    verdicts = tuple(
        _heed_revert(_judge(kind, by_kind[kind], merged.get(kind)), by_kind[kind], reverts)
        for kind in sorted(by_kind)
    )
    others = (*left_out, *(each for verdict in verdicts for each in verdict.left_out))
    return Promotion(models["local"], models["senior"], verdicts, others)


def _heed_revert(
    found: KindVerdict, results: Sequence[ReplayResult], reverts: Reverts
) -> KindVerdict:
    """What people took back is proposed anew by runs that they cannot have known of."""
    revert = reverts.get((found.kind, found.tier)) if found.tier and found.is_change else None
    if revert is None:
        return found
    again = _judge(found.kind, [each for each in results if each.at > revert.at], found.before)
    verdict: Verdict = again.verdict if again.tier == found.tier else "reverted"
    known = count_left_out((each, "before revert") for each in results if each.at <= revert.at)
    return replace(again, verdict=verdict, revert=revert, left_out=(*known, *again.left_out))


def _judge(
    kind: WorkKind, results: Sequence[ReplayResult], before: DoingTier | None
) -> KindVerdict:
    chosen_of = _count_ways(results)
    runs, others = _find_compared(results, splits=chosen_of > 1)
    left_out = count_left_out(others)
    if not runs:
        return KindVerdict(kind, "too few", before=before, chosen_of=chosen_of, left_out=left_out)
    local, senior = (
        tabulate(each for each in runs if each.configuration.tier == tier)[0] for tier in _TIERS
    )
    apart, low, high = find_difference(local.good, senior.good)
    verdict = _decide((local, senior), apart, high)
    return KindVerdict(
        kind, verdict, local, senior, apart, low, high, before, chosen_of, left_out=left_out
    )


def _decide(pair: tuple[TableRow, TableRow], apart: float, high: float) -> Verdict:
    if not all(row.is_enough for row in pair):
        return "too few"
    if high < -MARGIN:
        return "demote"
    if apart < -MARGIN - _ROUNDING:
        return "keep"
    return "promote" if all(row.is_worth_enough for row in pair) else "too few"


def _count_ways(results: Iterable[ReplayResult]) -> int:
    """The most in which a tier was asked."""
    ways = {each.configuration for each in results}
    return max(Counter(way.tier for way in ways).values(), default=0)


def _find_compared(
    results: Sequence[ReplayResult], *, splits: bool
) -> tuple[list[ReplayResult], list[tuple[ReplayResult, Why]]]:
    """The runs of both tiers on tasks that both did, or none; and all others, with why.

    With `splits` these are tasks that chose no way of asking.
    """
    best: dict[DoingTier, Configuration] = {}
    for tier in _TIERS:
        own = [each for each in results if each.configuration.tier == tier]
        row = find_best(tabulate(each for each in own if not splits or _chooses(each.task)))
        if row:
            best[tier] = row.configuration
    by_local, by_senior = (
        {each.task for each in results if each.configuration == best.get(tier)} for tier in _TIERS
    )
    shared = by_local & by_senior
    compared: list[ReplayResult] = []
    others: list[tuple[ReplayResult, Why]] = []
    for each in results:
        way = best.get(each.configuration.tier)
        if way and each.configuration != way:
            others.append((each, "way"))
        elif each.task not in shared:
            others.append((each, "unshared"))
        elif splits and _chooses(each.task):
            others.append((each, "choice"))
        else:
            compared.append(each)
    return compared, others


def _chooses(task: str) -> bool:
    """Of each task for good, so that no later run moves one that has chosen to those compared."""
    return hashlib.sha256(task.encode(errors="surrogatepass")).digest()[0] % 2 == 0
