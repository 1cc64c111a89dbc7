"""The database's schema version: found by one SELECT, brought up to date in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa

from bot.errors import UserError
from bot.storage.tables import METADATA

REVISIONS = tuple(f"{number:04}" for number in range(1, 19))
"""Of `bot.storage.migrations`, oldest first; the last is the shape of `bot.storage.tables`."""

# As Alembic makes it: https://alembic.sqlalchemy.org/en/latest/api/runtime.html, `version_table`.
_VERSION_TABLE = "bricklayer_schema"
_UNVERSIONED = "before 0001"
_VERSION = sa.Table(
    _VERSION_TABLE,
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name=f"{_VERSION_TABLE}_pkc"),
)
_LOCK_KEY = int.from_bytes(b"brickl", "big")
"""Of PostgreSQL's advisory lock: any number that nobody else takes in the same database."""


def ensure_schema(engine: sa.Engine) -> None:
    """Make our tables where there are none, upgrade older ones, leave those of today as they are.

    Of several processes at once, one does it and the others wait. Raises UserError, and changes
    nothing, where a newer Bricklayer made them.
    """
    current = _is_current(engine)
    if engine.dialect.name == "sqlite":
        _let_readers_go_on(engine)
    if not current:
        _bring_up_to_date(engine)


def _let_readers_go_on(engine: sa.Engine) -> None:
    """Have SQLite write ahead, so that readers never wait for the writer.

    The file keeps the mode, so this is asked of none that a newer version made; and while another
    process changes it, SQLite may refuse instead of waiting: then that one does it.
    https://www.sqlite.org/wal.html#persistence_of_wal_mode
    """
    with engine.connect() as db, suppress(sa.exc.OperationalError):
        db.exec_driver_sql("PRAGMA journal_mode=WAL")


def _bring_up_to_date(engine: sa.Engine) -> None:
    with _locked(engine) as db:
        if _current_revision(db) == REVISIONS[-1]:
            return  # another process did it while this one waited
        if _has_tables(db):
            _upgrade(db)
        else:  # https://alembic.sqlalchemy.org/en/latest/cookbook.html#building-uptodate
            METADATA.create_all(db)
            _VERSION.create(db)
            db.execute(sa.insert(_VERSION).values(version_num=REVISIONS[-1]))


def _is_current(engine: sa.Engine) -> bool:
    with engine.connect() as db:
        try:
            found = db.execute(sa.select(_VERSION.c.version_num)).scalars().all()
        except (sa.exc.OperationalError, sa.exc.ProgrammingError):
            return False  # no such table, or a fault that the next statement meets as well
    for revision in set(found) - set(REVISIONS):
        raise UserError(
            f"a newer Bricklayer made this database (schema {revision});"
            f" this one knows schemas up to {REVISIONS[-1]}",
            where=engine.url.render_as_string(hide_password=True),
            hint="Install the newer Bricklayer again, or set database_url to another database.",
        )
    return found == [REVISIONS[-1]]


def find_revisions(engine: sa.Engine) -> list[str]:
    """What made our tables, by their version; empty where there are none. Changes nothing."""
    with engine.connect() as db:
        tables = set(sa.inspect(db).get_table_names())
        if _VERSION_TABLE in tables:
            return list(db.execute(sa.select(_VERSION.c.version_num)).scalars())
    # 0.1 wrote no version.
    return [_UNVERSIONED] if tables & set(METADATA.tables) else []


def _current_revision(db: sa.Connection) -> str:
    if not sa.inspect(db).has_table(_VERSION_TABLE):
        return ""
    return str(db.execute(sa.select(_VERSION.c.version_num)).scalar() or "")


def _has_tables(db: sa.Connection) -> bool:
    return bool({_VERSION_TABLE, *METADATA.tables} & set(sa.inspect(db).get_table_names()))


@contextmanager
def _locked(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One transaction for statements and table changes, which no other process is in meanwhile.

    Python's sqlite3 begins none by itself before CREATE or ALTER, so that each of them would be
    committed alone: https://docs.sqlalchemy.org/en/20/dialects/sqlite.html, on transactions.
    """
    if engine.dialect.name != "sqlite":
        with engine.begin() as db:
            # However long the table is, and whoever else is at it.
            for limit in ("statement", "lock", "idle_in_transaction_session"):
                db.exec_driver_sql(f"SET LOCAL {limit}_timeout = 0")
            db.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_KEY)))
            yield db
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            yield db
        except BaseException:
            db.exec_driver_sql("ROLLBACK")
            raise
        db.exec_driver_sql("COMMIT")


def _upgrade(db: sa.Connection) -> None:
    """Run the revisions that this database lacks; one without a version lacks them all."""
    from alembic.operations import Operations  # noqa: PLC0415  # slow, and needed once a release
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    folder = str(Path(__file__).parent / "migrations")
    scripts = ScriptDirectory(folder, version_locations=[folder])
    context = MigrationContext.configure(db, opts={"version_table": _VERSION_TABLE})
    lacking = [*scripts.iterate_revisions("head", context.get_current_revision() or "base")]
    with Operations.context(context):
        for script in reversed(lacking):
            script.module.upgrade()
    context.stamp(scripts, "head")
