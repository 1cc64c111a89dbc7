"""Which results do not count for who begins a kind of task, and why, in words for a person."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from bot.config.tiers import DoingTier, WorkKind
from bot.evaluation.result import ReplayResult

MAX_AGE_DAYS = 90
"""Older runs do not count: models keep their names, but prompts and servers change."""
Why = Literal[
    "model", "weights", "version", "settings", "age", "before revert", "unshared", "way", "choice"
]
WORDS: dict[Why, str] = {
    "model": "of another model than the settings have first",
    "weights": "of other weights by that name",
    "version": "of another version of how Bricklayer asks",
    "settings": "under other settings of that tier",
    "age": f"more than {MAX_AGE_DAYS} days old",
    "before revert": "from before people took the change back",
    "unshared": "of tasks that the other tier has not done",
    "way": "of a way of asking that does less well or costs more",
    "choice": "of tasks that chose the way of asking",
}
"""In the order in which they are told. Of several reasons a result has the first that holds."""
MEASURED_AGAIN = frozenset[Why]({"weights", "version", "settings", "age"})
"""What `bricklayer eval` measures as the settings are now."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """So many results of a tier, and of one kind of task, do not count for one reason."""

    kind: WorkKind
    tier: DoingTier
    why: Why
    count: int


def count_left_out(found: Iterable[tuple[ReplayResult, Why]]) -> tuple[LeftOut, ...]:
    counts = Counter((each.kind, each.configuration.tier, why) for each, why in found)
    return tuple(LeftOut(*key, count) for key, count in sorted(counts.items()))


def describe_left_out(left_out: Iterable[LeftOut]) -> Iterator[str]:
    """`40 of local (fix 30, docs 10): more than 90 days old`, by reason and tier."""
    counts: dict[tuple[Why, DoingTier], Counter[WorkKind]] = {}
    for each in left_out:
        counts.setdefault((each.why, each.tier), Counter())[each.kind] += each.count
    order = list(WORDS)
    for (why, tier), kinds in sorted(
        counts.items(), key=lambda item: (order.index(item[0][0]), item[0][1])
    ):
        told = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
        yield f"{kinds.total()} of {tier} ({told}): {WORDS[why]}"
