"""Sums over many jobs: how often attempts pass, what calls cost, and where they ran."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.ledger import AttemptOutcome
from bot.storage.overview import Visible, only_visible
from bot.storage.tables import ATTEMPTS, CALLS, TICKETS

WEEK_SECONDS = 7 * 86_400
MONDAY_SECONDS = 4 * 86_400
"""From 1970 to its first Monday: weeks are counted from there."""
MAX_NUMBER = 5
"""Attempts from this one on count together."""
# Neither says what a model can: exact blocks ask none, and a machine's fault is nobody's.
_NO_MODEL = ("manifest", "planner", "reviewer")
_NOT_JUDGED = (
    AttemptOutcome.ASKED,
    AttemptOutcome.CHECK_CANNOT_RUN,
    AttemptOutcome.PLAN_FAULT,
    AttemptOutcome.NO_MODEL,
    AttemptOutcome.SERVER_DOWN,
    AttemptOutcome.BUG,
    AttemptOutcome.ANSWERED,
)


@dataclass(frozen=True, slots=True)
class PassCount:
    """Attempts that have all of these in common, judged by checks. `number` is at most MAX_NUMBER.

    `coached`: the prompt showed lessons.
    """

    tier: str
    model: str
    kind: str
    number: int
    coached: bool
    attempts: int
    passed: int


@dataclass(frozen=True, slots=True)
class WeekSum:
    """`week` counts from the first Monday of 1970, `place` is where the model ran, if noted."""

    week: int
    place: str
    tokens: int
    tokens_out: int
    cost: float


@dataclass(frozen=True, slots=True)
class Statistics:
    engine: sa.Engine

    def count_passes(self, visible: Visible, since: float) -> list[PassCount]:
        number = sa.case((ATTEMPTS.c.number >= MAX_NUMBER, MAX_NUMBER), else_=ATTEMPTS.c.number)
        coached = sa.case((ATTEMPTS.c.notes > 0, 1), else_=0)
        by = (
            ATTEMPTS.c.tier,
            ATTEMPTS.c.model,
            ATTEMPTS.c.kind,
            number.label("nth"),
            coached.label("coached"),
        )
        passed = sa.func.sum(sa.case((ATTEMPTS.c.outcome == AttemptOutcome.PASSED, 1), else_=0))
        query = (
            sa.select(*by, sa.func.count(), passed)
            .where(
                ATTEMPTS.c.at >= since,
                ATTEMPTS.c.tier.not_in(_NO_MODEL),
                ATTEMPTS.c.outcome.not_in(_NOT_JUDGED),
                *only_visible(visible, ATTEMPTS.c.repo),
            )
            .group_by(*by)
        )
        return [
            PassCount(tier, model, kind, int(nth), bool(with_notes), int(count), int(good))
            for tier, model, kind, nth, with_notes, count, good in self._read(query)
        ]

    def sum_weeks(self, visible: Visible, since: float) -> list[WeekSum]:
        """What calls to models took, the oldest week first."""
        week = _week(self.engine, CALLS.c.at)
        by = (week.label("week"), CALLS.c.place)
        sums = (
            sa.func.sum(CALLS.c.tokens),
            sa.func.sum(CALLS.c.tokens_out),
            sa.func.sum(CALLS.c.cost),
        )
        query = (
            sa.select(*by, *sums)
            .where(CALLS.c.at >= since, CALLS.c.ended, *only_visible(visible, CALLS.c.repo))
            .group_by(*by)
            .order_by(sa.text("week"))
        )
        return [
            WeekSum(int(at), place, int(tokens), int(out), float(cost))
            for at, place, tokens, out, cost in self._read(query)
        ]

    def count_landed(self, visible: Visible, since: float) -> dict[int, int]:
        """Issues' jobs that were merged, by week."""
        week = _week(self.engine, TICKETS.c.changed).label("week")
        query = (
            sa.select(week, sa.func.count())
            .where(
                TICKETS.c.changed >= since,
                TICKETS.c.stage == "merged",
                *only_visible(visible, TICKETS.c.repo),
            )
            .group_by(week)
        )
        return {int(at): int(count) for at, count in self._read(query)}

    def count_lessons(self, visible: Visible, since: float) -> list[tuple[str, bool, int]]:
        """Of attempts that showed lessons: their ids as JSON, whether it passed, how many."""
        passed = sa.case((ATTEMPTS.c.outcome == AttemptOutcome.PASSED, 1), else_=0)
        query = sa.select(ATTEMPTS.c.row, passed).where(
            ATTEMPTS.c.at >= since,
            ATTEMPTS.c.notes > 0,
            ATTEMPTS.c.outcome.not_in(_NOT_JUDGED),
            *only_visible(visible, ATTEMPTS.c.repo),
        )
        counts: dict[tuple[str, bool], int] = {}
        for row, good in self._read(query):
            for note in row.get("notes", ()):
                key = (str(note), bool(good))
                counts[key] = counts.get(key, 0) + 1
        return [(note, good, count) for (note, good), count in counts.items()]

    def _read(self, query: sa.Executable) -> Sequence[Any]:
        with self.engine.connect() as db:
            return db.execute(query).all()


def _week(engine: sa.Engine, at: sa.ColumnElement[float]) -> sa.ColumnElement[int]:
    weeks = (at - MONDAY_SECONDS) / WEEK_SECONDS
    if engine.dialect.name == "postgresql":  # there a cast rounds to the nearest
        weeks = sa.func.floor(weeks)
    return sa.cast(weeks, sa.Integer)
