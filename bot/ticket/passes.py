"""Which models planned, implemented and reviewed a job, by its ledger. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from bot.ledger import AttemptOutcome, LedgerRow

Pass = Literal["plan", "implement", "review"]
BY_PERSON = "a person"
"""Who planned where no planner did."""
_REVIEW = "review"
"""The task of a reading by the reviewer tier, in the ledger; its other rows are questions."""


@dataclass(frozen=True, slots=True)
class Passes:
    """Models by pass, each once, those that did most first."""

    plan: tuple[str, ...] = ()
    implement: tuple[str, ...] = ()
    review: tuple[str, ...] = ()

    def items(self) -> tuple[tuple[Pass, tuple[str, ...]], ...]:
        return (("plan", self.plan), ("implement", self.implement), ("review", self.review))


def list_passes(rows: Iterable[LedgerRow]) -> Passes:
    """Exact blocks of a plan are its planner's work: no other model had a part in them."""
    kept = list(rows)
    planned = [row.model for row in kept if row.tier == "planner" and row.model]
    passed = [row for row in kept if row.outcome == AttemptOutcome.PASSED]
    built = [row.model for row in passed if row.tier in {"local", "senior"} and row.model]
    by_plan = planned[-1:] if any(row.tier == "manifest" for row in passed) else []
    read = [row.model for row in kept if row.tier == "reviewer" and row.task == _REVIEW]
    return Passes(_by_count(planned), _by_count([*built, *by_plan]), _by_count(filter(None, read)))


def _by_count(models: Iterable[str]) -> tuple[str, ...]:
    names = list(models)
    return tuple(sorted(dict.fromkeys(names), key=lambda name: -names.count(name)))
