"""Counts and sums of what is in the tables, each by one short statement: nothing new is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.storage.tables import ATTEMPTS, CALLS, DELIVERIES, JOBS, QUOTAS, TICKETS
from bot.ticket.stages import Stage, is_over

HOUR_SECONDS = 3_600.0
_OVER = tuple(str(stage) for stage in Stage if is_over(stage))


@dataclass(frozen=True, slots=True)
class AttemptSum:
    """Attempts of one model that ended alike; `tokens_cached` the server already had."""

    tier: str
    model: str
    outcome: str
    attempts: int
    seconds: float
    tokens_cached: int


@dataclass(frozen=True, slots=True)
class CallSum:
    """Calls to one model that have ended."""

    tier: str
    model: str
    calls: int
    tokens_in: int
    tokens_out: int
    cost: float


@dataclass(frozen=True, slots=True)
class DeliveryCount:
    """`since` is when the oldest came, in seconds since 1970; 0 where there is none."""

    waiting: int
    set_aside: int
    since: float


@dataclass(frozen=True, slots=True)
class MeasureStore:
    """Each method reads in one short transaction: in SQLite a reader has writers wait."""

    engine: sa.Engine

    def count_tickets(self) -> dict[tuple[str, str], int]:
        """By stage and situation."""
        by = (TICKETS.c.stage, TICKETS.c.situation)
        rows = self._read(sa.select(*by, sa.func.count()).group_by(*by))
        return {(stage, situation): int(count) for stage, situation, count in rows}

    def count_attention(self) -> dict[str, int]:
        """Tickets that wait for a person, by why."""
        why = TICKETS.c.attention
        query = sa.select(why, sa.func.count()).where(why != "").group_by(why)
        return {why: int(count) for why, count in self._read(query)}

    def count_outages(self) -> dict[str, int]:
        """Tickets that wait for something that is down or away, by what."""
        # SQLite reads JSON from text as it is: https://www.sqlite.org/json1.html
        is_sqlite = self.engine.dialect.name == "sqlite"
        body = TICKETS.c.body
        stored = sa.type_coerce(body, sa.JSON) if is_sqlite else sa.cast(body, sa.JSON)
        outage = stored["outage"].as_string().label("outage")
        waiting = sa.select(outage).where(TICKETS.c.stage.not_in(_OVER)).subquery()
        query = sa.select(waiting.c.outage, sa.func.count()).where(waiting.c.outage != "")
        rows = self._read(query.group_by(waiting.c.outage))
        return {outage: int(count) for outage, count in rows}

    def count_builds(self) -> dict[str, int]:
        """Jobs that were built, those of the command line too, by state."""
        query = sa.select(JOBS.c.state, sa.func.count()).group_by(JOBS.c.state)
        return {state: int(count) for state, count in self._read(query)}

    def count_deliveries(self) -> DeliveryCount:
        waiting = DELIVERIES.c.state == "new"
        query = sa.select(DELIVERIES.c.state, sa.func.count(), sa.func.min(DELIVERIES.c.at))
        query = query.where(sa.or_(waiting, DELIVERIES.c.state == "aside"))
        found = {row[0]: row for row in self._read(query.group_by(DELIVERIES.c.state))}
        new, aside = found.get("new"), found.get("aside")
        return DeliveryCount(
            int(new[1]) if new else 0, int(aside[1]) if aside else 0, float(new[2]) if new else 0.0
        )

    def sum_attempts(self, since: float, now: float) -> list[AttemptSum]:
        """Of attempts that were entered since then; both in seconds since 1970."""
        by = (ATTEMPTS.c.tier, ATTEMPTS.c.model, ATTEMPTS.c.outcome)
        cached = sa.func.coalesce(sa.func.sum(ATTEMPTS.c.row["tokens_cached"].as_integer()), 0)
        sums = (sa.func.count(), sa.func.sum(ATTEMPTS.c.seconds), cached)
        query = sa.select(*by, *sums).group_by(*by)
        found = self._sum_hours(query, ATTEMPTS.c.at, since, now)
        return [
            AttemptSum(tier, model, outcome, int(count), seconds, int(cached))
            for (tier, model, outcome), (count, seconds, cached) in found.items()
        ]

    def sum_calls(self, since: float, now: float) -> list[CallSum]:
        """Of calls that were begun since then and have ended; both in seconds since 1970."""
        by = (CALLS.c.tier, CALLS.c.model)
        columns = (CALLS.c.tokens, CALLS.c.tokens_out, CALLS.c.cost)
        sums = (sa.func.count(), *map(sa.func.sum, columns))
        query = sa.select(*by, *sums).where(CALLS.c.ended).group_by(*by)
        found = self._sum_hours(query, CALLS.c.at, since, now)
        return [
            CallSum(tier, model, int(count), int(tokens - out), int(out), cost)
            for (tier, model), (count, tokens, out, cost) in found.items()
        ]

    def _sum_hours(
        self, query: sa.Select[Any], at: sa.Column[float], since: float, now: float
    ) -> dict[tuple[str, ...], list[float]]:
        """An hour at a time, so that no writer waits for all of it; by the columns of words."""
        sums: dict[tuple[str, ...], list[float]] = {}
        while since <= now:
            # Of the last one also what other machines' clocks say is still to come.
            is_last = since + HOUR_SECONDS > now
            end = sa.true() if is_last else at < since + HOUR_SECONDS
            for row in self._read(query.where(at >= since, end)):
                of = tuple(each for each in row if isinstance(each, str))
                numbers = [float(each) for each in row if not isinstance(each, str)]
                known = sums.get(of, [0.0] * len(numbers))
                sums[of] = [a + b for a, b in zip(known, numbers, strict=True)]
            since += HOUR_SECONDS
        return sums

    def list_quotas(self, now: float) -> Mapping[str, float]:
        """Models with nothing left of a provider's quota, each with when it has again."""
        query = sa.select(QUOTAS.c.model, sa.func.max(QUOTAS.c.until)).where(QUOTAS.c.until > now)
        return {model: float(until) for model, until in self._read(query.group_by(QUOTAS.c.model))}

    def _read(self, query: sa.Select[Any]) -> list[Any]:
        with self.engine.connect() as db:
            return list(db.execute(query).all())
