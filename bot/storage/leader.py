"""Which process leads the loop of tickets: a lease in the database, with a fence.

Whoever takes the lease raises the fence, and each write of a loop is made only while the fence is
still its own. So what was frozen for longer than its lease, and wakes up, changes nothing.
"""

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
_ROW = LOOP.c.seq == 1


class TakenOverError(Exception):
    """Another process leads. `holder` says which, in words."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"taken over by {holder}" if holder else "nobody leads any more")
        self.holder = holder


@dataclass(frozen=True, slots=True)
class Leader:
    """Who leads, and until when; `left` is in seconds, by the database's clock."""

    holder: str = ""
    since: float = 0.0
    left: float = 0.0

    @property
    def is_there(self) -> bool:
        return bool(self.holder) and self.left > 0


@dataclass(frozen=True, slots=True)
class Term:
    """One process's time as the leader: from when it took the lease to when another does."""

    engine: sa.Engine
    fence: int

    @repeat_if_lost
    def renew(self) -> None:
        """Raises TakenOverError."""
        now = database_now(self.engine)
        mine = sa.update(LOOP).where(_ROW, LOOP.c.fence == self.fence)
        with self.engine.begin() as db:
            if not db.execute(mine.values(until=now + LEASE_SECONDS)).rowcount:
                raise TakenOverError(_read_holder(db))

    @repeat_if_lost
    def require_now(self) -> None:
        """Before something is shown to others: raises TakenOverError where another leads.

        The lease lasts for some seconds more from here on, in which nobody else can lead.
        """
        left = (LOOP.c.until - database_now(self.engine)).label("left")
        with self.engine.connect() as db:
            row = db.execute(sa.select(LOOP.c.holder, LOOP.c.fence, left).where(_ROW)).first()
        if row is None or row.fence != self.fence:
            raise TakenOverError(row.holder if row else "")
        if not _SPARE_SECONDS <= row.left <= LEASE_SECONDS:
            self.renew()

    def require(self, db: sa.Connection) -> None:
        """As the last statement of a transaction that writes: raises TakenOverError.

        PostgreSQL has whoever takes the lease wait for such a transaction; in SQLite nobody else
        writes at all until it ends.
        https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS
        """
        row = sa.select(LOOP.c.holder, LOOP.c.fence).where(_ROW).with_for_update(read=True)
        found = db.execute(row).first()
        if found is None or found.fence != self.fence:
            raise TakenOverError(found.holder if found else "")

    def end(self) -> None:
        """Let somebody else lead at once; nothing where another does already."""
        mine = sa.update(LOOP).where(_ROW, LOOP.c.fence == self.fence)
        with self.engine.begin() as db:
            db.execute(mine.values(until=0.0))


@dataclass(frozen=True, slots=True)
class LeaderLease:
    """`holder` is this process in words, `place` what no other living process has."""

    engine: sa.Engine
    holder: str
    place: str = ""

    def take(self, *, is_first: bool = False) -> Term | None:
        """None while another process leads.

        `is_first`: this process has just begun, so whoever led at its `place` has ended.
        """
        now = database_now(self.engine)
        # An end further away than a lease is from before the clock was set back.
        ended = sa.or_(LOOP.c.until < now, LOOP.c.until > now + 2 * LEASE_SECONDS)
        if is_first and self.place:
            ended = sa.or_(ended, LOOP.c.place == self.place)
        values = {"holder": self.holder, "place": self.place, "since": now}
        values |= {"fence": LOOP.c.fence + 1, "until": now + LEASE_SECONDS}
        taken = sa.update(LOOP).where(_ROW, ended).values(values).returning(LOOP.c.fence)
        with self.engine.begin() as db:
            nobody = {"holder": "", "place": "", "fence": 0, "since": 0.0, "until": 0.0}
            db.execute(on_conflict_nothing(self.engine, LOOP), [{"seq": 1, **nobody}])
            fence = db.execute(taken).scalar()
        return Term(self.engine, int(fence)) if fence is not None else None

    @repeat_if_lost
    def read_leader(self) -> Leader:
        left = (LOOP.c.until - database_now(self.engine)).label("left")
        with self.engine.connect() as db:
            query = sa.select(LOOP.c.holder, LOOP.c.since, left).where(_ROW)
            row = db.execute(query).first()
        return Leader(row.holder, row.since, row.left) if row else Leader()


def _read_holder(db: sa.Connection) -> str:
    return str(db.execute(sa.select(LOOP.c.holder).where(_ROW)).scalar() or "")
