"""Examines the database: whether it answers, its version and schema, and what may be done there."""

from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from bot.config.machine import Settings, state_dir
from bot.storage.database import sqlite_url
from bot.storage.jobs import open_store
from bot.storage.upgrade import REVISIONS
from runners.doctor.finding import Finding, try_step

MIN_POSTGRES = 13
"""Older ones get no fixes any more: https://www.postgresql.org/support/versioning/."""


def examine_database(settings: Settings) -> Iterator[Finding]:
    """Opening it brings its schema up to date, as every command does."""
    told: list[Finding] = []

    def look() -> None:
        store = open_store(settings.database_url or sqlite_url(state_dir(settings)))
        try:
            with store.engine.connect() as db:
                if db.dialect.name == "postgresql":
                    told.extend(_examine_postgres(db))
                else:
                    told.extend(_examine_sqlite(db, Path(store.engine.url.database or "")))
        finally:
            store.engine.dispose()

    found = try_step("database answers", look)
    if found.good is not True:
        yield found
    yield from told


def _examine_sqlite(db: sa.Connection, path: Path) -> Iterator[Finding]:
    version = db.execute(sa.text("select sqlite_version()")).scalar_one()
    size = path.stat().st_size >> 20 if path.is_file() else 0
    what = f"database answers: SQLite {version}, schema {REVISIONS[-1]}, {path}, {size} MiB"
    yield Finding(what, good=True)


def _examine_postgres(db: sa.Connection) -> Iterator[Finding]:
    version = str(db.execute(sa.text("show server_version")).scalar_one())
    number = int(str(db.execute(sa.text("show server_version_num")).scalar_one()))
    # Ours stand in the first schema of the search path; the durable workflow makes one of its own.
    # https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-ACCESS
    rights = db.execute(
        sa.text(
            "select current_user, current_database(),"
            " has_schema_privilege(current_schema(), 'CREATE'),"
            " has_database_privilege(current_database(), 'CREATE'),"
            " pg_database_size(current_database())"
        )
    ).one()
    yield judge_postgres(version, number, tuple(rights))


def judge_postgres(version: str, number: int, rights: tuple[object, ...]) -> Finding:
    """`rights`: user, database, may make tables, may make schemas, size in bytes."""
    user, name, tables, schemas, size = rights
    mib = size >> 20 if isinstance(size, int) else 0
    what = f"database answers: PostgreSQL {version}, schema {REVISIONS[-1]}, {name}, {mib} MiB"
    if not (tables and schemas):
        hint = f'As its owner: grant create on database "{name}" to "{user}"; and on its schema.'
        return Finding(f"{what}: {user} may not make tables there", good=False, hint=hint)
    if number < MIN_POSTGRES * 10_000:
        hint = f"Upgrade it to PostgreSQL {MIN_POSTGRES} or later."
        return Finding(what, good=None, hint=hint)
    return Finding(what, good=True)
