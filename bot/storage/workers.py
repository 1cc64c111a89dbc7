"""Who plans and builds on this database: a row a worker, by which others tell that it lives.

All times are the database's own, so that no machine's clock makes another one dead.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.storage.clock import database_now
from bot.storage.database import on_conflict_nothing
from bot.storage.tables import WORKERS

HEARTBEAT_SECONDS = 3.0
DEAD_AFTER_SECONDS = 10.0
"""Silence after which a worker's work is taken over: three heartbeats may be lost. With the time
until that is noticed, the work is taken from its queue and a process of its own has begun it,
another goes on within 15 seconds."""
FORGOTTEN_AFTER_SECONDS = 86_400.0
_SETTLED = 1e12
"""Seconds since 1970: in the column of when it was declared dead, later than any search."""


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    """What a worker tells of itself. `disk_free` is in bytes; `running` are ids of work.

    `activity` is JSON: what each of its builds does now, by the ticket's key.
    `refuses` is why it takes no work now, with since when; empty where it takes some.
    """

    executor: str
    host: str
    pid: int
    lanes: int
    version: str
    queues: tuple[str, ...]
    disk_free: int = 0
    running: tuple[str, ...] = ()
    activity: str = "{}"
    refuses: str = ""


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """`silent` is for how many seconds nothing was heard of it; `up` for how long it runs."""

    facts: WorkerFacts
    silent: float
    up: float
    is_declared_dead: bool = False

    @property
    def is_dead(self) -> bool:
        return self.is_declared_dead or self.silent > DEAD_AFTER_SECONDS


@dataclass(frozen=True, slots=True)
class WorkerStore:
    engine: sa.Engine

    def beat(self, facts: WorkerFacts, *, is_first: bool = False) -> bool:
        """Say that it lives; False where it had been declared dead meanwhile, or forgotten."""
        now = database_now(self.engine)
        values = {
            "host": facts.host,
            "pid": facts.pid,
            "lanes": facts.lanes,
            "version": facts.version,
            "queues": json.dumps(facts.queues),
            "running": json.dumps(facts.running),
            "disk_free": facts.disk_free,
            "activity": facts.activity,
            "refuses": facts.refuses,
            "seen": now,
            "declared_dead": 0.0,
        }
        own = WORKERS.c.executor == facts.executor
        with self.engine.begin() as db:
            alive = sa.and_(own, WORKERS.c.declared_dead == 0.0)
            again = values | ({"began": now} if is_first else {})
            if db.execute(sa.update(WORKERS).where(alive).values(again)).rowcount:
                return True
            row = {"executor": facts.executor, "began": now, **values}
            db.execute(sa.delete(WORKERS).where(own))
            db.execute(sa.insert(WORKERS).values(row))
            return is_first

    def end(self, executor: str) -> None:
        """It ended by itself, and has given back what it had."""
        with self.engine.begin() as db:
            db.execute(sa.delete(WORKERS).where(WORKERS.c.executor == executor))

    def list_workers(self) -> list[WorkerRow]:
        now = database_now(self.engine)
        silent, up = (now - WORKERS.c.seen).label("silent"), (now - WORKERS.c.began).label("up")
        query = sa.select(WORKERS, silent, up).order_by(WORKERS.c.host, WORKERS.c.executor)
        with self.engine.connect() as db:
            return [_to_row(row) for row in db.execute(query)]

    def find_refusal(self, queue: str) -> str:
        """Why nobody takes from a queue: all who live and would, refuse. Else empty."""
        taking = [
            row.facts.refuses
            for row in self.list_workers()
            if not row.is_dead and queue in row.facts.queues
        ]
        return taking[0] if taking and all(taking) else ""

    def declare_dead(self, unknown: Collection[str] = (), *, but: str = "") -> list[str]:
        """The workers whose work the caller is to have taken over, each told to one caller alone.

        `unknown` have work and no row. Who was told of one and died before it had done so is
        followed by another caller after a while. `but` is the caller: whoever asks lives, even
        where what it asked reached the database long after it had.
        """
        now = database_now(self.engine)
        silent = sa.and_(WORKERS.c.seen < now - DEAD_AFTER_SECONDS, WORKERS.c.executor != but)
        untold = WORKERS.c.declared_dead < now - DEAD_AFTER_SECONDS
        if not unknown:
            with self.engine.connect() as db:
                if not db.execute(sa.select(WORKERS.c.executor).where(silent, untold)).first():
                    return []  # nearly always, and without a write
        with self.engine.begin() as db:
            self._add_unknown(db, unknown)
            dead = sa.update(WORKERS).where(silent, untold).values(declared_dead=now)
            found = db.execute(dead.returning(WORKERS.c.executor)).scalars().all()
            old = WORKERS.c.seen < now - FORGOTTEN_AFTER_SECONDS
            db.execute(sa.delete(WORKERS).where(old, WORKERS.c.executor.not_in(found)))
        return list(found)

    def settle(self, executor: str) -> None:
        """What it had is queued again: nobody needs to be told of its death any more."""
        dead = sa.and_(WORKERS.c.executor == executor, WORKERS.c.declared_dead > 0)
        with self.engine.begin() as db:
            db.execute(sa.update(WORKERS).where(dead).values(declared_dead=_SETTLED))

    def _add_unknown(self, db: sa.Connection, unknown: Collection[str]) -> None:
        empty: dict[str, object] = {"host": "", "pid": 0, "lanes": 0, "version": ""}
        empty |= {"queues": "[]", "running": "[]", "disk_free": 0}
        empty |= {"began": 0.0, "seen": 0.0, "declared_dead": 0.0}
        if unknown:
            rows = [{"executor": executor, **empty} for executor in unknown]
            db.execute(on_conflict_nothing(self.engine, WORKERS), rows)


def _to_row(row: sa.Row[Any]) -> WorkerRow:
    facts = WorkerFacts(
        row.executor,
        row.host,
        row.pid,
        row.lanes,
        row.version,
        _read_names(row.queues),
        row.disk_free,
        _read_names(row.running),
        row.activity,
        row.refuses,
    )
    return WorkerRow(facts, float(row.silent), float(row.up), row.declared_dead > 0)


def _read_names(text: str) -> tuple[str, ...]:
    names: list[str] = json.loads(text)
    return tuple(names)
