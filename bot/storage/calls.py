"""Every call to a model: written down at its bound before it is made, and as it was afterwards.

A call that was begun and never ended stays at its bound: what it cost, nobody can say any more.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from bot.spending import SCOPES, Callee, Payer, Scope, Spent, start_of_day
from bot.storage.database import open_database
from bot.storage.lost_connection import repeat_if_lost, wait_while_lost
from bot.storage.tables import CALLS

Judge = Callable[[Mapping[Scope, Spent]], None]
_ONE_AT_A_TIME = 0x6272_6B63
"""The advisory lock of PostgreSQL that who begins a call has: any number of ours."""


@dataclass(frozen=True, slots=True)
class CallStore:
    """The sums are always of the table: nothing is counted in memory, so any machine may ask."""

    engine: sa.Engine

    @repeat_if_lost
    def sum_spent(
        self,
        payer: Payer,
        now: float,
        callee: Callee = Callee(),  # noqa: B008  # frozen
        scopes: Iterable[Scope] = SCOPES,
    ) -> dict[Scope, Spent]:
        with self.engine.connect() as db:
            return {scope: _sum(db, scope, payer, now, callee) for scope in scopes}

    @wait_while_lost
    def begin_call(  # noqa: PLR0913, PLR0917  # who asks whom, when, and who may forbid it
        self,
        payer: Payer,
        callee: Callee,
        bound: Spent,
        now: float,
        judge: Judge = lambda _spent: None,
        scopes: Iterable[Scope] = SCOPES,
    ) -> int:
        """Its number. It counts with its bound from now on.

        `judge` is given what was spent before it, in these `scopes`; where that raises, nothing of
        the call is kept, and nobody else has seen it.
        """
        row = {"at": now, "job": payer.job, "repo": payer.repo, "person": payer.person}
        row |= {"tier": callee.tier, "model": callee.model, "place": callee.place, "ended": False}
        row |= {"tokens": bound.tokens, "cost": bound.cost}
        with self.engine.begin() as db:
            if self.engine.dialect.name == "postgresql":
                # https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
                db.execute(sa.select(sa.func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
            # Written first: SQLite then lets nobody else write until the sums are read.
            # https://www.sqlite.org/lang_transaction.html#deferred_immediate_and_exclusive_transactions
            made = db.execute(sa.insert(CALLS).values(row).returning(CALLS.c.seq)).scalar_one()
            judge({scope: _sum(db, scope, payer, now, callee, but=made) for scope in scopes})
        return int(made)

    @wait_while_lost
    def end_call(self, seq: int, spent: Spent) -> None:
        values = {"tokens": spent.tokens, "cost": spent.cost, "ended": True}
        values |= {"tokens_out": spent.tokens_out}
        with self.engine.begin() as db:
            db.execute(sa.update(CALLS).where(CALLS.c.seq == seq).values(values))


def open_call_store(url: str) -> CallStore:
    return CallStore(open_database(url))


def read_spent_today(url: str) -> Spent:
    return open_call_store(url).sum_spent(Payer(), time.time())["day"]


def _sum(  # noqa: PLR0913, PLR0917  # whose calls to whom, since when
    db: sa.Connection, scope: Scope, payer: Payer, now: float, callee: Callee, but: int = 0
) -> Spent:
    wanted: sa.ColumnElement[bool] = {
        "job": CALLS.c.job == payer.job,
        "person_day": CALLS.c.person == payer.person,
        "repository_day": CALLS.c.repo == payer.repo,
        "day": sa.true(),
        "tier_job": sa.and_(CALLS.c.job == payer.job, CALLS.c.tier == callee.tier),
        "tier_day": CALLS.c.tier == callee.tier,
        "model_job": sa.and_(CALLS.c.job == payer.job, CALLS.c.model == callee.model),
        "model_day": CALLS.c.model == callee.model,
    }[scope]
    if scope.endswith("day"):
        wanted = sa.and_(wanted, CALLS.c.at >= start_of_day(now))
    columns = (sa.func.sum(CALLS.c.tokens), sa.func.sum(CALLS.c.cost))
    tokens, cost = db.execute(sa.select(*columns).where(wanted, CALLS.c.seq != but)).one()
    return Spent(int(tokens or 0), float(cost or 0.0))
