"""Rows that are long over: each kind goes in one transaction, or all of it stays."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.job_states import JobState, is_settled
from bot.storage.database import on_conflict_nothing, open_database, split_keys
from bot.storage.tables import (
    ANSWERS,
    ATTEMPTS,
    CALLS,
    EVIDENCE,
    FINDINGS,
    JOBS,
    MARKS,
    PASSES,
    PLAN_FACTS,
    PLANNED_TASKS,
    QUOTAS,
    REPLAYS,
    STRIKES,
    SURPRISES,
    TICKETS,
)
from bot.ticket.stages import Stage, is_over

MIN_SHRUNK_BYTES = 32 << 20
_OVER = "over:"
"""How the mark begins that says since when a ticket is over, in seconds since 1970."""
_SETTLED = [state.value for state in JobState if is_settled(state)]
_STAGES_OVER = [stage.value for stage in Stage if is_over(stage)]

_OF_PLANS = {
    "tasks of plans": PLANNED_TASKS,
    "what was wrong with plans": PLAN_FACTS,
    "failed attempts at files and checks": STRIKES,
}


@dataclass(frozen=True, slots=True)
class Expiry:
    """Times are in seconds since 1970. `dry_run`: rows are counted, and stay."""

    engine: sa.Engine
    now: float
    dry_run: bool = False

    def remove_rows(
        self, history_before: float, evidence_before: float
    ) -> Iterator[tuple[str, int]]:
        """What was removed, in words, and how many rows of it."""
        yield "jobs, with their ledgers", self._remove_jobs(history_before)
        yield "results of replays", self._remove(REPLAYS, REPLAYS.c.at < history_before)
        yield "calls to models", self._remove(CALLS, CALLS.c.at < history_before)
        for what, table in _OF_PLANS.items():
            yield what, self._remove(table, table.c.at < history_before)
        yield (
            "answers of work that never ended",
            self._remove(ANSWERS, ANSWERS.c.at < evidence_before),
        )
        yield "findings of reviewers", self._remove(FINDINGS, FINDINGS.c.at < history_before)
        yield "who did which job", self._remove(PASSES, PASSES.c.at < history_before)
        yield "evidence", self._remove(EVIDENCE, EVIDENCE.c.at < evidence_before)
        yield "surprises of models", self._remove(SURPRISES, SURPRISES.c.at < history_before)
        yield "quotas that are free again", self._remove(QUOTAS, QUOTAS.c.until < self.now)
        yield "issues' jobs that are over", self._remove_tickets(history_before)

    def list_ticket_keys(self) -> list[str]:
        with self.engine.connect() as db:
            return list(db.execute(sa.select(TICKETS.c.key)).scalars())

    def _remove(self, table: sa.Table, which: sa.ColumnElement[bool]) -> int:
        with self.engine.begin() as db:
            return self._remove_in(db, table, which)

    def _remove_in(self, db: sa.Connection, table: sa.Table, which: sa.ColumnElement[bool]) -> int:
        if self.dry_run:
            found = sa.select(sa.func.count()).select_from(table).where(which)
            return int(db.execute(found).scalar_one())
        return db.execute(sa.delete(table).where(which)).rowcount

    def _remove_jobs(self, before: float) -> int:
        """With what each run of them cost. One that was taken up again began a moment ago."""
        old = sa.and_(JOBS.c.state.in_(_SETTLED), JOBS.c.started < before)
        with self.engine.begin() as db:
            attempts = ATTEMPTS.c.job.in_(sa.select(JOBS.c.id).where(old))
            self._remove_in(db, ATTEMPTS, attempts)
            return self._remove_in(db, JOBS, old)

    def _remove_tickets(self, before: float) -> int:
        """Those that have been over since then. A later event has one made again from its comment.

        Since when one is over, only this says: it notes which are, and forgets who goes on.
        """
        with self.engine.begin() as db:
            over = set(db.execute(_over_tickets()).scalars())
            noted = sa.select(MARKS.c.key, MARKS.c.value).where(MARKS.c.key.startswith(_OVER))
            since = {key.removeprefix(_OVER): float(value) for key, value in db.execute(noted)}
            old = [key for key in over if since.get(key, self.now) < before]
            if self.dry_run:
                return len(old)
            again = [f"{_OVER}{key}" for key in since if key not in over]
            for keys in split_keys(again):
                db.execute(sa.delete(MARKS).where(MARKS.c.key.in_(keys)))
            if new := [key for key in over if key not in since]:
                rows = [{"key": f"{_OVER}{key}", "value": str(self.now)} for key in new]
                db.execute(on_conflict_nothing(self.engine, MARKS), rows)
            for key in old:
                # The stage once more: somebody may have opened it again just now.
                same = sa.and_(TICKETS.c.key == key, TICKETS.c.stage.in_(_STAGES_OVER))
                if db.execute(sa.delete(TICKETS).where(same)).rowcount:
                    db.execute(sa.delete(MARKS).where(ended_marks(key)))
            return len(old)


def ended_marks(key: str) -> sa.ColumnElement[bool]:
    """All that was noted of one ticket: `bot.ticket.keys` ends each such mark with its key."""
    return MARKS.c.key.endswith(f":{key}", autoescape=True)


def open_expiry(url: str, now: float, *, dry_run: bool) -> Expiry:
    return Expiry(open_database(url), now, dry_run)


def shrink_file(engine: sa.Engine) -> None:
    """Give the room of removed rows back to the disk, where it is much; SQLite alone keeps it.

    Best effort: whoever reads or writes meanwhile goes first.
    https://www.sqlite.org/lang_vacuum.html
    """
    if engine.dialect.name != "sqlite":
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        free, size = (
            int(db.exec_driver_sql(f"PRAGMA {name}").scalar_one())
            for name in ("freelist_count", "page_size")
        )
        if free * size < MIN_SHRUNK_BYTES:
            return
        db.exec_driver_sql("PRAGMA busy_timeout=1000")
        with suppress(sa.exc.OperationalError):
            db.exec_driver_sql("VACUUM")


def _over_tickets() -> sa.Select[Any]:
    return sa.select(TICKETS.c.key).where(TICKETS.c.stage.in_(_STAGES_OVER))
