"""Opening the database that `database_url` names: SQLite in the state folder, or PostgreSQL."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import UserError
from bot.storage.upgrade import ensure_schema


def open_database(url: str) -> sa.Engine:
    """`url` as SQLAlchemy takes it. Our tables are made, or upgraded, where that is needed.

    Raises UserError for a URL that names no database, for one that cannot be opened now, and for
    one that a newer Bricklayer made.
    """
    try:
        named = sa.make_url(url)
        if named.drivername in {"postgres", "postgresql"}:
            named = named.set(drivername="postgresql+psycopg")
        engine = sa.create_engine(named)
        if engine.dialect.name == "sqlite":
            sa.event.listen(engine, "connect", _set_durable)
    except (sa.exc.ArgumentError, ImportError) as exc:
        hint = "For instance postgresql://user@host/name, or leave it out for a file."
        raise UserError(f"no such database: {exc}", where="database_url", hint=hint) from exc
    try:
        _require_answer(engine)
        ensure_schema(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _require_answer(engine: sa.Engine) -> None:
    # SQLite opens its file when it is first asked: https://www.sqlite.org/c3ref/open.html
    sqlite_file = engine.dialect.name == "sqlite"
    try:
        with engine.connect() as db:
            db.exec_driver_sql("PRAGMA schema_version" if sqlite_file else "SELECT 1")
    except sa.exc.DBAPIError as exc:
        where = engine.url.render_as_string(hide_password=True)
        hint = (
            "See that it is a file of SQLite that may be written; one that is damaged may be moved"
            " away: what was built stays on its branches."
            if sqlite_file
            else "Start the database, or fix database_url in this machine's settings."
        )
        raise UserError(
            f"the database cannot be opened: {exc.orig}", where=where, hint=hint
        ) from exc


def _set_durable(connection: Any, _record: object) -> None:  # noqa: ANN401  # the driver's own
    """What is committed survives a loss of power; a writer waits half a minute for another."""
    # NORMAL may lose the last commits with the power: https://www.sqlite.org/pragma.html#pragma_synchronous
    for pragma in ("busy_timeout=30000", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}").close()


def on_conflict_nothing(engine: sa.Engine, table: sa.Table) -> "sqlite.Insert | postgresql.Insert":
    """An insert that leaves a row which is there already as it is."""
    dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
    # SQLite has ON CONFLICT too: https://www.sqlite.org/lang_upsert.html
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
