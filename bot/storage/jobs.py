"""Jobs and their attempts. Queue and cache; git stays the record of what was built."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import sqlalchemy as sa

from bot.ledger import LedgerRow
from bot.models.model import FailedModel
from bot.storage.database import open_database
from bot.storage.lost_connection import wait_while_lost
from bot.storage.tables import ATTEMPTS, JOBS

_NAMES = ("dropped", "notes", "ingredients", "drawn", "left_out")
_ROW_KEYS = frozenset(field.name for field in fields(LedgerRow))


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as the database knows it. `base` stays the SHA it was pinned to, `run` counts from 1.

    `started` is in seconds since 1970; `state` is a job state of `bot.job_states`.
    `workflow_version` is the one that began the run: no other can go on with its records.
    The job's limits are held against what the runs from `limits_since` on took, 0 for this one
    alone, of which `seconds` is the time; they were granted `allowances` times, once more where
    they were reached at one of the `resumes`, the times that a person had the job go on.
    `begun_with` is the run that began its branch: what it and later ones cost is in the commits.
    `ticket` is the key of the one that it is built for; `changed` is when it was written last.
    """

    id: str
    repo: str
    branch: str
    base: str
    plan: str
    started: float
    run: int = 1
    state: str = "planned"
    workflow_version: str = "1"
    seconds: float = 0.0
    limits_since: int = 0
    allowances: int = 1
    begun_with: int = 1
    resumes: int = 0
    ticket: str = ""
    title: str = ""
    changed: float = 0.0


@dataclass(frozen=True, slots=True)
class Store:
    engine: sa.Engine

    @wait_while_lost
    def find_job(self, name: str) -> JobRow | None:
        with self.engine.connect() as db:
            row = db.execute(sa.select(JOBS).where(JOBS.c.id == name)).mappings().first()
        return JobRow(**row) if row else None

    @wait_while_lost
    def save_job(self, job: JobRow) -> None:
        """Insert or replace, in one transaction."""
        with self.engine.begin() as db:
            db.execute(sa.delete(JOBS).where(JOBS.c.id == job.id))
            db.execute(sa.insert(JOBS).values(asdict(job) | {"changed": time.time()}))

    @wait_while_lost
    def set_state(self, job: str, state: str) -> None:
        with self.engine.begin() as db:
            db.execute(
                sa.update(JOBS).where(JOBS.c.id == job).values(state=state, changed=time.time())
            )

    @wait_while_lost
    def save_seconds(self, job: str, seconds: float) -> None:
        with self.engine.begin() as db:
            db.execute(
                sa.update(JOBS).where(JOBS.c.id == job).values(seconds=seconds, changed=time.time())
            )

    @wait_while_lost
    def save_attempt(self, job: str, run: int, row: LedgerRow, repo: str = "") -> None:
        """Record one attempt; recording it again after a kill changes nothing.

        `repo` is a `repo_key`, or the folder of a repository.
        """
        key = {"job": job, "run": run, "task": row.task, "number": row.number}
        same = sa.and_(*(ATTEMPTS.c[name] == value for name, value in key.items()))
        with self.engine.begin() as db:
            db.execute(sa.delete(ATTEMPTS).where(same))
            db.execute(sa.insert(ATTEMPTS).values(key | _list_columns(row) | {"repo": repo}))

    @wait_while_lost
    def list_attempts(self, job: str, run: int | None = None) -> Sequence[LedgerRow]:
        """Return the job's ledger rows, of one run or of all, oldest run first."""
        query = sa.select(ATTEMPTS.c.row).where(ATTEMPTS.c.job == job)
        query = query if run is None else query.where(ATTEMPTS.c.run == run)
        order = query.order_by(ATTEMPTS.c.run, ATTEMPTS.c.task, ATTEMPTS.c.number)
        with self.engine.connect() as db:
            return [read_row(found) for found in db.execute(order).scalars()]

    @wait_while_lost
    def list_earlier(self, job: JobRow) -> Sequence[LedgerRow]:
        """What all other runs on the job's branch cost, oldest first.

        A plan that was mended is another job, on the same branch.
        """
        query = sa.select(ATTEMPTS.c.row).join(JOBS, JOBS.c.id == ATTEMPTS.c.job)
        query = query.where(JOBS.c.repo == job.repo, JOBS.c.branch == job.branch)
        this = sa.and_(ATTEMPTS.c.job == job.id, ATTEMPTS.c.run >= job.run)
        order = (JOBS.c.started, ATTEMPTS.c.run, ATTEMPTS.c.task, ATTEMPTS.c.number)
        with self.engine.connect() as db:
            found = db.execute(query.where(sa.not_(this)).order_by(*order)).scalars()
            return [read_row(row) for row in found]


def _list_columns(row: LedgerRow) -> dict[str, Any]:
    """The row, and of it what sums ask for."""
    return {
        "row": asdict(row),
        "at": time.time(),
        "tier": row.tier,
        "model": row.model,
        "place": row.place,
        "outcome": row.outcome,
        "kind": row.kind,
        "notes": len(row.notes),
        "lessons": " ".join((*sorted(row.notes), *sorted(row.ingredients))),
        "tokens_in": row.all_tokens_in,
        "tokens_out": row.all_tokens_out,
        "seconds": row.seconds,
        "cost": row.cost,
    }


def open_store(url: str) -> Store:
    return Store(open_database(url))


def read_row(found: dict[str, Any]) -> LedgerRow:
    known = {name: value for name, value in found.items() if name in _ROW_KEYS}
    failures = tuple(FailedModel(**failed) for failed in found.get("failures", ()))
    lists = {name: tuple(found.get(name, ())) for name in _NAMES}
    turns = tuple(map(tuple, found.get("turns", ())))
    return LedgerRow(**{**known, **lists, "failures": failures, "turns": turns})
