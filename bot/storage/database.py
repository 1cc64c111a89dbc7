"""Opening the database that `database_url` names: SQLite in the state folder, or PostgreSQL."""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import UserError
from bot.machine_faults import note_place
from bot.storage.upgrade import ensure_schema

POOL_SECONDS = 20.0
"""For a connection, where all are in use."""
# What is cut off in the middle never answers, and no error comes by itself:
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-KEEPALIVES
CONNECTING: Mapping[str, int] = MappingProxyType(
    {
        "connect_timeout": 10,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
    }
)
# https://www.postgresql.org/docs/current/runtime-config-client.html
_PATIENCE: Mapping[str, str] = MappingProxyType(
    {
        "statement_timeout": "60s",
        "lock_timeout": "30s",
        # A process that is frozen within a write keeps nobody else waiting for longer.
        "idle_in_transaction_session_timeout": "10s",
    }
)
MAX_KEYS = 500


def open_database(url: str) -> sa.Engine:
    """`url` as SQLAlchemy takes it. Our tables are made, or upgraded, where that is needed.

    Raises UserError for a URL that names no database, for one that cannot be opened now, and for
    one that a newer Bricklayer made.
    """
    try:
        named = sa.make_url(url)
        if named.drivername in {"postgres", "postgresql"}:
            named = named.set(drivername="postgresql+psycopg")
        engine = _create_engine(named)
    except (sa.exc.ArgumentError, ValueError, ImportError) as exc:  # the second: of its port
        hint = "For instance postgresql://user@host/name, or leave it out for a file."
        raise UserError(f"no such database: {exc}", where="database_url", hint=hint) from exc
    try:
        _require_answer(engine)
        ensure_schema(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _create_engine(named: sa.URL) -> sa.Engine:
    engine = _make_engine(named)
    is_file = named.get_backend_name() == "sqlite"
    place = str(named.database) if is_file else named.render_as_string(hide_password=True)

    def name_place(context: sa.engine.ExceptionContext) -> None:
        note_place(context.original_exception, place)

    sa.event.listen(engine, "handle_error", name_place)
    return engine


def _make_engine(named: sa.URL) -> sa.Engine:
    if named.get_backend_name() == "sqlite":
        engine = sa.create_engine(named, pool_timeout=POOL_SECONDS)
        sa.event.listen(engine, "connect", _set_durable)
        return engine
    given = {name: value for name, value in CONNECTING.items() if name not in named.query}
    # A connection that its server has closed meanwhile is replaced before it is used:
    # https://docs.sqlalchemy.org/en/20/core/pooling.html#disconnect-handling-pessimistic
    engine = sa.create_engine(
        named, pool_pre_ping=True, pool_timeout=POOL_SECONDS, connect_args=given
    )
    sa.event.listen(engine, "connect", set_patience)
    return engine


def bound_waits(url: str) -> str:
    """The same for a library that connects by itself: what is cut off raises in its threads, too.

    What the URL itself says of that holds.
    """
    named = sa.make_url(url)
    if named.get_backend_name() != "postgresql":
        return url
    given = {name: str(value) for name, value in CONNECTING.items() if name not in named.query}
    return named.update_query_dict(given).render_as_string(hide_password=False)


def import_mappers() -> None:
    """For who has another thread import a library that uses SQLAlchemy's ORM.

    Half imported, the ORM breaks the statements that other threads make meanwhile: what is asked
    about each value of theirs is in a module that is not there yet (`sqlalchemy.orm.exc`).
    """
    # No import statement: nothing here uses it, and tools that tidy would take it away.
    importlib.import_module("sqlalchemy.orm")


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


def set_patience(connection: Any, _record: object) -> None:  # noqa: ANN401  # the driver's own
    """No statement, no lock and no transaction of ours is waited for without end.

    Not in the connection's `options`, which a pooler in between may refuse:
    https://www.pgbouncer.org/config.html#ignore_startup_parameters
    """
    before, connection.autocommit = connection.autocommit, True
    for name, value in _PATIENCE.items():
        connection.execute(f"SET {name} = '{value}'")
    connection.autocommit = before


def on_conflict_nothing(engine: sa.Engine, table: sa.Table) -> "sqlite.Insert | postgresql.Insert":
    """An insert that leaves a row which is there already as it is."""
    dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
    # SQLite has ON CONFLICT too: https://www.sqlite.org/lang_upsert.html
    insert: sqlite.Insert | postgresql.Insert = dialect.insert(table).on_conflict_do_nothing()
    return insert


def on_conflict_replace(
    engine: sa.Engine, table: sa.Table, *names: str
) -> "sqlite.Insert | postgresql.Insert":
    """An insert that gives a row which is there already new values of the columns `names`."""
    dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
    insert: sqlite.Insert | postgresql.Insert = dialect.insert(table)
    new = {name: insert.excluded[name] for name in names}
    return insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=new)


def sqlite_url(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{folder / 'bricklayer.sqlite'}"


def split_keys(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many as one statement may name.

    SQLite takes 999 parameters in older releases: https://www.sqlite.org/limits.html
    """
    return (keys[at : at + MAX_KEYS] for at in range(0, len(keys), MAX_KEYS))
