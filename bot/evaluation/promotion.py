"""Which kinds of task the local tier's model has earned, and which it has lost: for a person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bot.config.repository import KindStart
from bot.config.tiers import DoingTier, WorkKind
from bot.evaluation.choose_start import TierOffer
from bot.evaluation.result import ReplayResult
from bot.evaluation.table import MARGIN, TableRow, find_best, tabulate
from bot.pass_rate import find_difference

_ROUNDING = 1e-9
"""Three of a hundred are 0.030000000000000027 by arithmetic."""
Verdict = Literal["promote", "demote", "keep", "too few"]


@dataclass(frozen=True, slots=True)
class KindVerdict:
    """What the runs of a kind say of who is to begin it.

    `local` and `senior` are on the same tasks, None where either has none. `apart` is how much more
    often local passes, 0 to 1, from `low` to `high` at 95 %. `before` is who begins it as merged,
    None where nothing is merged for these models.
    """

    kind: WorkKind
    verdict: Verdict
    local: TableRow | None = None
    senior: TableRow | None = None
    apart: float = 0.0
    low: float = -1.0
    high: float = 1.0
    before: DoingTier | None = None

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
    """The verdicts of all kinds that were measured, and the two models that they are about."""

    local: str
    senior: str
    verdicts: tuple[KindVerdict, ...] = field(default=())

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
) -> Promotion:
    """`results` are those that count, `offers` a local and a senior tier.

    Both tiers are compared on the tasks that both did, each by the way of asking that does the kind
    at the least cost. With enough runs of each (`TableRow.is_enough`):

    - *promote*: local passes no more than `MARGIN` less often than senior, as counted. Thirty runs
      cannot prove three points (at rates of 80 to 90 % it takes about a thousand), so the interval
      stands beside it, and a person decides.
    - *demote*: local surely passes more than `MARGIN` less often: all of the interval of the
      difference lies below it.
    - *keep*: anything between; so chance alone does not move a kind to and fro.
    """
    models = {offer.tier: offer.model for offer in offers}
    by_kind: dict[WorkKind, list[ReplayResult]] = {}
    for each in results:
        by_kind.setdefault(each.kind, []).append(each)
    verdicts = (_judge(kind, by_kind[kind], merged.get(kind)) for kind in sorted(by_kind))
    return Promotion(models["local"], models["senior"], tuple(verdicts))


def _judge(
    kind: WorkKind, results: Sequence[ReplayResult], before: DoingTier | None
) -> KindVerdict:
    pair = _compare(results)
    if pair is None:
        return KindVerdict(kind, "too few", before=before)
    local, senior = pair
    apart, low, high = find_difference(local.good, senior.good)
    verdict: Verdict = "keep"
    if not (local.is_enough and senior.is_enough):
        verdict = "too few"
    elif apart >= -MARGIN - _ROUNDING:
        verdict = "promote"
    elif high < -MARGIN:
        verdict = "demote"
    return KindVerdict(kind, verdict, local, senior, apart, low, high, before)


def _compare(results: Sequence[ReplayResult]) -> tuple[TableRow, TableRow] | None:
    """The row of each tier, of the tasks that both did."""
    chosen = {}
    for tier in ("local", "senior"):
        rows = tabulate(each for each in results if each.configuration.tier == tier)
        if (best := find_best(rows)) is None:
            return None
        own = [each for each in results if each.configuration == best.configuration]
        chosen[tier] = own
    tasks = {each.task for each in chosen["local"]} & {each.task for each in chosen["senior"]}
    if not tasks:
        return None
    (local,), (senior,) = (
        tabulate(each for each in own if each.task in tasks) for own in chosen.values()
    )
    return local, senior
