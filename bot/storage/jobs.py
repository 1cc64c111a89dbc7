"""Tables: jobs and their attempts. Queue and cache; git stays the record of what was built."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import UserError
from bot.ledger import LedgerRow
from bot.models.model import FailedModel

_tables = sa.MetaData()
_jobs = sa.Table(
    "bricklayer_jobs",
    _tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("repo", sa.Text, nullable=False),
    sa.Column("branch", sa.Text, nullable=False),
    sa.Column("base", sa.Text, nullable=False),
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("started", sa.Float, nullable=False),
    sa.Column("run", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
)
_attempts = sa.Table(
    "bricklayer_attempts",
    _tables,
    sa.Column("job", sa.Text, primary_key=True),
    sa.Column("run", sa.Integer, primary_key=True),
    sa.Column("task", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("row", sa.JSON, nullable=False),
)


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as the database knows it. `base` stays the SHA it was pinned to, `run` counts from 1.

    `started` is in seconds since 1970; `state` is a job state of `bot.job_states`.
    """

    id: str
    repo: str
    branch: str
    base: str
    plan: str
    started: float
    run: int = 1
    state: str = "planned"


@dataclass(frozen=True, slots=True)
class Store:
    engine: sa.Engine

    def job(self, name: str) -> JobRow | None:
        with self.engine.connect() as db:
            row = db.execute(sa.select(_jobs).where(_jobs.c.id == name)).mappings().first()
        return JobRow(**row) if row else None

    def keep(self, job: JobRow) -> None:
        """Insert or replace, in one transaction."""
        with self.engine.begin() as db:
            db.execute(sa.delete(_jobs).where(_jobs.c.id == job.id))
            db.execute(sa.insert(_jobs).values(**asdict(job)))

    def keep_attempt(self, job: str, run: int, row: LedgerRow) -> None:
        """Record one attempt; recording it again after a kill changes nothing."""
        key = {"job": job, "run": run, "task": row.task, "number": row.number}
        same = sa.and_(*(_attempts.c[name] == value for name, value in key.items()))
        with self.engine.begin() as db:
            db.execute(sa.delete(_attempts).where(same))
            db.execute(sa.insert(_attempts).values(**key, row=asdict(row)))

    def attempts(self, job: str, run: int | None = None) -> Sequence[LedgerRow]:
        """Return the job's ledger rows, of one run or of all, oldest run first."""
        asked = sa.select(_attempts.c.row).where(_attempts.c.job == job)
        asked = asked if run is None else asked.where(_attempts.c.run == run)
        order = asked.order_by(_attempts.c.run, _attempts.c.task, _attempts.c.number)
        with self.engine.connect() as db:
            return [_row(found) for found in db.execute(order).scalars()]


def open_store(url: str) -> Store:
    """`url` as SQLAlchemy takes it. The tables are made where they are missing."""
    try:
        named = sa.make_url(url)
        if named.drivername in {"postgres", "postgresql"}:
            named = named.set(drivername="postgresql+psycopg")
        engine = sa.create_engine(named)
        if engine.dialect.name == "sqlite":
            sa.event.listen(engine, "connect", _durable)
    except (sa.exc.ArgumentError, ImportError) as exc:
        hint = "For instance postgresql://user@host/name, or leave it out for a file."
        raise UserError(f"no such database: {exc}", where="database_url", hint=hint) from exc
    _tables.create_all(engine, checkfirst=True)
    return Store(engine)


def _durable(connection: Any, _record: object) -> None:  # noqa: ANN401  # the driver's own
    """Readers never wait for the writer; what is committed survives a loss of power."""
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}").close()


def on_conflict_nothing(engine: sa.Engine, table: sa.Table) -> "sqlite.Insert | postgresql.Insert":
    """An insert that leaves a row which is there already as it is."""
    dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
    insert: sqlite.Insert | postgresql.Insert = dialect.insert(table).on_conflict_do_nothing()
    return insert


def on_conflict_replace(
    engine: sa.Engine, table: sa.Table, name: str
) -> "sqlite.Insert | postgresql.Insert":
    """An insert that gives a row which is there already a new value of the column `name`."""
    dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
    insert: sqlite.Insert | postgresql.Insert = dialect.insert(table)
    new = {name: insert.excluded[name]}
    return insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=new)


def sqlite_url(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{folder / 'bricklayer.sqlite'}"


def _row(found: dict[str, Any]) -> LedgerRow:
    names = {field.name for field in fields(LedgerRow)}
    known = {name: value for name, value in found.items() if name in names}
    told = found.get("failures", found.get("falls", ()))  # `falls` until 0.1
    failures = tuple(FailedModel(**failed) for failed in told)
    return LedgerRow(**{**known, "failures": failures, "dropped": tuple(found.get("dropped", ()))})
