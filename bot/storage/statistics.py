"""Sums over many jobs: how often attempts pass, what calls cost, and where they ran."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.ledger import AttemptOutcome
from bot.ledger_sums import LOCAL_TIERS
from bot.storage.overview import Visible, only_visible
from bot.storage.tables import ATTEMPTS, CALLS, TICKETS

WEEK_SECONDS = 7 * 86_400
MONDAY_SECONDS = 4 * 86_400
"""From 1970 to its first Monday: weeks are counted from there."""
MAX_NUMBER = 5
"""Attempts from this one on count together."""
# None of it says what a model can: exact blocks ask none, a machine's fault is nobody's, and of
# candidates one was stopped as another had passed, or made just what another did.
NO_MODEL = ("manifest", "planner", "reviewer")
NOT_JUDGED = (
    AttemptOutcome.ASKED,
    AttemptOutcome.CHECK_CANNOT_RUN,
    AttemptOutcome.PLAN_FAULT,
    AttemptOutcome.NO_MODEL,
    AttemptOutcome.SERVER_DOWN,
    AttemptOutcome.BUG,
    AttemptOutcome.STOPPED,
    AttemptOutcome.DUPLICATE,
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
    """`week` counts from the first Monday of 1970; `away` are tokens that left this network."""

    week: int
    tokens: int
    tokens_out: int
    away: int
    away_out: int
    cost: float


@dataclass(frozen=True, slots=True)
class Statistics:
    engine: sa.Engine

    def count_passes(self, visible: Visible, since: float) -> list[PassCount]:
        # By columns as they are, in the order of an index, so that nothing is sorted; what does not
        # count is left out of the groups, which are few, and not row by row.
        by = [ATTEMPTS.c[name] for name in ("tier", "model", "kind", "number", "notes", "outcome")]
        query = (
            sa.select(*by, sa.func.count())
            .where(ATTEMPTS.c.at >= since, *only_visible(visible, ATTEMPTS.c.repo))
            .group_by(*by)
        )
        made, passed = Counter[tuple[str, str, str, int, bool]](), Counter[tuple[Any, ...]]()
        for tier, model, kind, number, notes, outcome, count in self._read(query):
            if tier in NO_MODEL or outcome in NOT_JUDGED:
                continue
            key = (tier, model, kind, min(int(number), MAX_NUMBER), notes > 0)
            made[key] += int(count)
            passed[key] += int(count) if outcome == AttemptOutcome.PASSED else 0
        return [PassCount(*key, count, passed[key]) for key, count in made.items()]

    def sum_weeks(self, visible: Visible, since: float) -> list[WeekSum]:
        """What calls to models took, the oldest week first; no week without calls is in it."""
        sums = [sa.func.sum(CALLS.c[name]) for name in ("tokens", "tokens_out")]
        gone = [
            sa.func.sum(sa.case((_went_away(), CALLS.c[name]), else_=0))
            for name in ("tokens", "tokens_out")
        ]
        # A week at a time, each a range of an index: to group all of them, both databases would
        # sort every row first.
        query = sa.select(*sums, *gone, sa.func.sum(CALLS.c.cost)).where(
            CALLS.c.at >= sa.bindparam("begin"),
            CALLS.c.at < sa.bindparam("end"),
            CALLS.c.ended,
            *only_visible(visible, CALLS.c.repo),
        )
        found = []
        with self.engine.connect() as db:
            for week in range(find_week(since), find_week(time.time()) + 1):
                begin = max(since, begin_of_week(week))
                row = db.execute(query, {"begin": begin, "end": begin_of_week(week + 1)}).one()
                if row[0] is not None:
                    found.append(_make_week(week, row))
        return found

    def sum_cached(self, visible: Visible, since: float, limit: int) -> dict[str, tuple[int, int]]:
        """By model, of the newest attempts: tokens read, and those the server already had."""
        query = (
            sa.select(ATTEMPTS.c.model, ATTEMPTS.c.tokens_in, ATTEMPTS.c.row)
            .where(
                ATTEMPTS.c.at >= since,
                ATTEMPTS.c.tokens_in > 0,
                *only_visible(visible, ATTEMPTS.c.repo),
            )
            .order_by(ATTEMPTS.c.at.desc())
            .limit(limit)
        )
        sums: dict[str, tuple[int, int]] = {}
        for model, tokens, row in self._read(query):
            read, cached = sums.get(model, (0, 0))
            sums[model] = (read + int(tokens), cached + int(row.get("tokens_cached", 0)))
        return sums

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
        """Of attempts that showed lessons: the id of each, whether they passed, how many."""
        by = (ATTEMPTS.c.lessons, ATTEMPTS.c.outcome)
        query = sa.select(*by, sa.func.count()).where(
            ATTEMPTS.c.at >= since,
            # As it stands, so that the index that has these rows alone fits:
            # https://www.sqlite.org/partialindex.html#queries_using_partial_indexes
            sa.text("notes > 0"),
            ATTEMPTS.c.outcome.not_in(NOT_JUDGED),
            *only_visible(visible, ATTEMPTS.c.repo),
        )
        counts = Counter[tuple[str, bool]]()
        for lessons, outcome, count in self._read(query.group_by(*by)):
            for note in lessons.split():
                counts[note, outcome == AttemptOutcome.PASSED] += int(count)
        return [(note, good, count) for (note, good), count in counts.items()]

    def _read(self, query: sa.Executable) -> Sequence[Any]:
        with self.engine.connect() as db:
            return db.execute(query).all()


def _make_week(week: int, sums: Any) -> WeekSum:  # noqa: ANN401  # a row of the sums
    tokens, out, away, away_out, cost = sums
    return WeekSum(week, int(tokens), int(out), int(away), int(away_out), float(cost))


def find_week(at: float) -> int:
    return int((at - MONDAY_SECONDS) // WEEK_SECONDS)


def begin_of_week(week: int) -> float:
    return float(week * WEEK_SECONDS + MONDAY_SECONDS)


def _went_away() -> sa.ColumnElement[bool]:
    """A call from before places were noted went where its tier was meant for."""
    is_old = sa.and_(CALLS.c.place == "", CALLS.c.tier.not_in(sorted(LOCAL_TIERS)))
    return sa.or_(CALLS.c.place == "away", is_old)


def _week(engine: sa.Engine, at: sa.ColumnElement[float]) -> sa.ColumnElement[int]:
    weeks = (at - MONDAY_SECONDS) / WEEK_SECONDS
    if engine.dialect.name == "postgresql":  # there a cast rounds to the nearest
        weeks = sa.func.floor(weeks)
    return sa.cast(weeks, sa.Integer)
