"""What work cost: the price of a call, and sums of the ledger's rows by tier, task and place."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import fsum

from bot.ledger import LedgerRow, strip_to_line

LOCAL_TIERS = frozenset({"manifest", "local"})
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class TierTotal:
    """What one model of one tier did in all."""

    tier: str
    model: str
    attempts: int
    tokens_in: int
    tokens_out: int
    tokens_cached: int
    tokens_thought: int
    seconds: float
    cost: float

    def table_cells(self) -> tuple[str, ...]:
        """Tier, model, attempts, tokens in, tokens out, seconds, cost: as a table shows them."""
        cached = f" ({self.tokens_cached:,} cached)" if self.tokens_cached else ""
        thought = f" ({self.tokens_thought:,} thought)" if self.tokens_thought else ""
        tokens = (f"{self.tokens_in:,}{cached}", f"{self.tokens_out:,}{thought}")
        counts = (f"{self.attempts:,}", *tokens)
        spent = (f"{self.seconds:.1f}", f"{self.cost:.4f}")
        return (strip_to_line(self.tier), strip_to_line(self.model), *counts, *spent)


def compute_cost(  # noqa: PLR0913  # three counts and their three prices
    tokens_in: int,
    tokens_out: int,
    *,
    price_in: float,
    price_out: float,
    tokens_cached: int = 0,
    price_cached: float | None = None,
) -> float:
    """Price of one call; prices are per million tokens. Cached ones cost `price_in` by default."""
    cached = min(max(tokens_cached, 0), tokens_in)
    at = price_in if price_cached is None else price_cached
    # fsum: thousands of small costs must add up to the same whatever their order.
    # https://docs.python.org/3.11/library/math.html#math.fsum
    return fsum(((tokens_in - cached) * price_in, cached * at, tokens_out * price_out)) / MILLION


def sum_by_tier(rows: Iterable[LedgerRow]) -> tuple[TierTotal, ...]:
    """One sum for each model of each tier, those that fell too, in the order they first appear."""
    groups: dict[tuple[str, str], list[LedgerRow]] = {}
    for row in (part for each in rows for part in _split_by_model(each)):
        groups.setdefault((row.tier, row.model), []).append(row)
    return tuple(_sum_rows(tier, model, group) for (tier, model), group in groups.items())


def total_row(rows: Sequence[LedgerRow]) -> LedgerRow:
    """One task's attempts as one row: everything spent, under the name of the last attempt.

    This is what a commit's trailers say: the tokens of all attempts the task took, not only those
    of the one that passed, so that a branch's commits add up to what the work cost.
    """
    if not rows or len({row.task for row in rows}) > 1:
        raise ValueError("the rows of exactly one task make a total")
    spent = _sum_rows("", "", [part for row in rows for part in _split_by_model(row)])
    return replace(
        rows[-1],
        failures=(),
        tokens_in=spent.tokens_in,
        tokens_out=spent.tokens_out,
        tokens_cached=spent.tokens_cached,
        tokens_thought=spent.tokens_thought,
        seconds=spent.seconds,
        cost=spent.cost,
    )


def compute_local_share(rows: Iterable[LedgerRow]) -> float:
    """How much of all tokens, 0 to 1, left neither this machine nor its network.

    Places decide, whatever a tier is called. Nothing spent: all of it, 1.
    """
    known = [
        (find_place(part.place, part.tier), part.tokens)
        for row in rows
        for part in _split_by_model(row)
    ]
    spent = sum(tokens for _, tokens in known)
    return sum(tokens for place, tokens in known if place != "away") / spent if spent else 1.0


def describe_kept(rows: Sequence[LedgerRow]) -> str:
    """Where the tokens that did not leave were: "on this machine", or also in its network."""
    parts = [part for row in rows for part in _split_by_model(row)]
    near = any(find_place(part.place, part.tier) == "network" and part.tokens for part in parts)
    return "on this machine or in its network" if near else "on this machine"


def find_place(place: str, tier: str) -> str:
    """As it was noted; of what is from before places were, what its tier was meant for."""
    return place or ("here" if tier in LOCAL_TIERS else "away")


def holds_call(row: LedgerRow, model: str, tokens_in: int, tokens_out: int) -> bool:
    """Whether such a call stands in the row, as its last or among those of models that fell."""
    if row.model == model and (tokens_in, tokens_out) in row.turns:
        return True
    calls = ((part.model, part.tokens_in, part.tokens_out) for part in _split_by_model(row))
    return (model, tokens_in, tokens_out) in calls


def _split_by_model(row: LedgerRow) -> Iterator[LedgerRow]:
    """The row as if each model had one of its own. The cost of all stays with the last.

    A model that was asked again within one attempt made no attempt of its own the first time: 0.
    """
    for fall in row.failures:
        yield replace(
            row,
            number=0 if fall.model == row.model else row.number,
            model=fall.model,
            tokens_in=fall.tokens_in,
            tokens_out=fall.tokens_out,
            tokens_cached=fall.tokens_cached,
            tokens_thought=fall.tokens_thought,
            place=fall.place,
            seconds=0.0,
            cost=0.0,
            failures=(),
        )
    yield replace(row, failures=())


def _sum_rows(tier: str, model: str, rows: Sequence[LedgerRow]) -> TierTotal:
    return TierTotal(
        tier,
        model,
        attempts=sum(row.number > 0 for row in rows),
        tokens_in=sum(row.tokens_in for row in rows),
        tokens_out=sum(row.tokens_out for row in rows),
        tokens_cached=sum(row.tokens_cached for row in rows),
        tokens_thought=sum(row.tokens_thought for row in rows),
        seconds=fsum(row.seconds for row in rows),
        cost=fsum(row.cost for row in rows),
    )
