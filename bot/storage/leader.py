"""Which process leads the loop of tickets: a lease in the database, with a fence.

Whoever takes the lease raises the fence, and each write of a loop is made only while the fence is
still its own. So what was frozen for longer than its lease, and wakes up, changes nothing.

`serve` leads for all repositories. A run of `action` leads for its own alone, so that those of
several repositories go on side by side, and only while no `serve` does on this database.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from bot.storage.clock import database_now
from bot.storage.database import on_conflict_nothing
from bot.storage.lost_connection import repeat_if_lost
from bot.storage.tables import LOOP

LEASE_SECONDS = 15.0
RENEW_SECONDS = 5.0
"""Between two renewals: two may be late before anybody else leads."""
_SPARE_SECONDS = LEASE_SECONDS - 2 * RENEW_SECONDS
ALL_REPOSITORIES = 0
"""The scope of who leads for all; a repository's own is its id."""
_EMPTY = {"holder": "", "place": "", "since": 0.0, "until": 0.0}


class TakenOverError(Exception):
    """Another process leads. `holder` says which, in words."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"taken over by {holder}" if holder else "nobody leads any more")
        self.holder = holder


@dataclass(frozen=True, slots=True)
class Leader:
    """Who leads, and until when; `left` is in seconds, by the database's clock."""

    holder: str = ""
    left: float = 0.0
    scope: int = ALL_REPOSITORIES

    @property
    def is_there(self) -> bool:
        # An end further away than a lease is from before the clock was set back.
        return bool(self.holder) and 0 < self.left <= 2 * LEASE_SECONDS


@dataclass(frozen=True, slots=True)
class Term:
    """One process's time as the leader of a scope: until another process takes that lease.

    `fences` are those that must not change meanwhile, by scope.
    """

    engine: sa.Engine
    scope: int
    fences: Mapping[int, int]

    @property
    def fence(self) -> int:
        return self.fences[self.scope]

    @repeat_if_lost
    def renew(self) -> None:
        """Raises TakenOverError."""
        until = database_now(self.engine) + LEASE_SECONDS
        with self.engine.begin() as db:
            db.execute(sa.update(LOOP).where(self._is_mine()).values(until=until))
            self.require(db)

    @repeat_if_lost
    def require_now(self) -> None:
        """Before something is shown to others: raises TakenOverError where another leads.

        The lease lasts for some seconds more from here on, in which nobody else can lead.
        """
        with self.engine.connect() as db:
            self.require(db)
            left = sa.select(LOOP.c.until - database_now(self.engine)).where(self._is_mine())
            seconds = float(db.execute(left).scalar() or 0.0)
        if not _SPARE_SECONDS <= seconds <= LEASE_SECONDS:
            self.renew()

    def require(self, db: sa.Connection) -> None:
        """As the last statement of a transaction that writes: raises TakenOverError.

        PostgreSQL has whoever takes the lease wait for such a transaction; in SQLite nobody else
        writes at all until it ends.
        https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS
        """
        columns = (LOOP.c.scope, LOOP.c.fence, LOOP.c.holder)
        rows = sa.select(*columns).where(LOOP.c.scope.in_(self.fences)).order_by(LOOP.c.scope)
        found = {row.scope: row for row in db.execute(rows.with_for_update(read=True))}
        for scope, fence in self.fences.items():
            if scope not in found or found[scope].fence != fence:
                raise TakenOverError(found[scope].holder if scope in found else "")

    def end(self) -> None:
        """Let somebody else lead at once; nothing where another does already."""
        with self.engine.begin() as db:
            db.execute(sa.update(LOOP).where(self._is_mine()).values(until=0.0))

    def _is_mine(self) -> sa.ColumnElement[bool]:
        return sa.and_(LOOP.c.scope == self.scope, LOOP.c.fence == self.fence)


@dataclass(frozen=True, slots=True)
class LeaderLease:
    """`holder` is this process in words, `place` what no other living process has."""

    engine: sa.Engine
    holder: str
    place: str = ""
    scope: int = ALL_REPOSITORIES

    def take(self, *, is_first: bool = False) -> Term | None:
        """None while another process leads.

        `is_first`: this process has just begun, so whoever led at its `place` has ended.
        """
        scopes = sorted({ALL_REPOSITORIES, self.scope})
        now = database_now(self.engine)
        ended = sa.or_(LOOP.c.until < now, LOOP.c.until > now + 2 * LEASE_SECONDS)
        if is_first and self.place:
            ended = sa.or_(ended, LOOP.c.place == self.place)
        values = {"holder": self.holder, "place": self.place, "since": now}
        values |= {"fence": LOOP.c.fence + 1, "until": now + LEASE_SECONDS}
        taking = sa.update(LOOP).where(LOOP.c.scope == self.scope, ended).values(values)
        with self.engine.begin() as db:
            # Not from 0: whoever led before the table was lost must not find its own fence there.
            fence_now = int(time.time())
            rows = [{"scope": scope, "fence": fence_now, **_EMPTY} for scope in scopes]
            db.execute(on_conflict_nothing(self.engine, LOOP), rows)
            fence = db.execute(taking.returning(LOOP.c.fence)).scalar()
            if fence is None:
                return None
            if self.scope == ALL_REPOSITORIES:
                return Term(self.engine, self.scope, {self.scope: int(fence)})
            # Before the look at who leads for all: who takes that from here on raises its fence.
            fences = sa.select(LOOP.c.scope, LOOP.c.fence).where(LOOP.c.scope.in_(scopes))
            found = {scope: int(each) for scope, each in db.execute(fences)}
            if self._read(db, ALL_REPOSITORIES).is_there:
                db.rollback()
                return None
        return Term(self.engine, self.scope, found)

    @repeat_if_lost
    def read_leader(self) -> Leader:
        """Who leads for all; where nobody does, who leads for this scope."""
        with self.engine.connect() as db:
            above = self._read(db, ALL_REPOSITORIES)
            return above if above.is_there else self._read(db, self.scope)

    def _read(self, db: sa.Connection, scope: int) -> Leader:
        left = (LOOP.c.until - database_now(self.engine)).label("left")
        query = sa.select(LOOP.c.holder, left).where(LOOP.c.scope == scope)
        row = db.execute(query).first()
        return Leader(row.holder, row.left, scope) if row else Leader()
