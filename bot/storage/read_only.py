"""Opening the database to read alone: nothing is made, upgraded or locked beside a server."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from bot.errors import UserError
from bot.storage.database import CONNECTING, set_patience
from bot.storage.upgrade import REVISIONS, find_revisions

_READ_SECONDS = 30
"""For one statement: a page that takes longer is told why, before its connection is dropped."""
_WAIT_SECONDS = 10
"""For a server that does not answer."""


def open_to_read(url: str) -> sa.Engine | None:
    """None where there is no database yet, or one without tables of ours.

    Raises UserError for one that cannot be opened, or that another release made.
    """
    try:
        named = sa.make_url(url)
        if named.drivername in {"postgres", "postgresql"}:
            named = named.set(drivername="postgresql+psycopg")
        is_file = named.get_backend_name() == "sqlite"
        if is_file and not Path(named.database or "").is_file():
            return None
        engine = _open_file(named) if is_file else _open_server(named)
    except (sa.exc.ArgumentError, ImportError) as exc:
        hint = "For instance postgresql://user@host/name, or leave it out for a file."
        raise UserError(f"no such database: {exc}", where="database_url", hint=hint) from exc
    try:
        found = find_revisions(engine)
        if found:
            _require_known(found, describe_place(url))
            return engine
    except sa.exc.DBAPIError as exc:
        raise _unreadable_error(exc, describe_place(url), is_file=is_file) from exc
    finally:
        engine.dispose()  # it opens new connections when it is asked again
    return None


def describe_place(url: str) -> str:
    """The database's file, or its URL without the password."""
    named = sa.make_url(url)
    is_file = named.get_backend_name() == "sqlite"
    return str(named.database) if is_file else named.render_as_string(hide_password=True)


def _open_file(named: sa.URL) -> sa.Engine:
    # `mode=ro` never makes the file: https://www.sqlite.org/uri.html#recognized_query_parameters
    path = f"file:{quote(named.database or '')}"
    query = {"mode": "ro", "uri": "true", "timeout": str(_WAIT_SECONDS)}
    return sa.create_engine(named.set(database=path, query=query))


def _open_server(named: sa.URL) -> sa.Engine:
    """As patient as those that write, and as well behind a pooler: no page waits without end."""
    given = {name: value for name, value in CONNECTING.items() if name not in named.query}
    engine = sa.create_engine(
        named, pool_pre_ping=True, pool_timeout=_WAIT_SECONDS, connect_args=given
    )
    sa.event.listen(engine, "connect", set_patience)
    sa.event.listen(engine, "connect", _only_read)
    return engine


def _only_read(connection: Any, _record: object) -> None:  # noqa: ANN401  # the driver's own
    # https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-DEFAULT-TRANSACTION-READ-ONLY
    before, connection.autocommit = connection.autocommit, True
    connection.execute("SET default_transaction_read_only = on")
    connection.execute(f"SET statement_timeout = '{_READ_SECONDS}s'")
    connection.autocommit = before


def _require_known(found: list[str], where: str) -> None:
    if newer := set(found) - set(REVISIONS):
        raise UserError(
            f"a newer Bricklayer made this database (schema {', '.join(sorted(newer))})",
            where=where,
            hint="Install the newer Bricklayer again, or set database_url to another database.",
        )
    if found != [REVISIONS[-1]]:
        raise UserError(
            f"an older Bricklayer made this database (schema {found[0]})",
            where=where,
            hint="Stop what still runs of the older one; `bricklayer doctor` then upgrades it.",
        )


def _unreadable_error(exc: sa.exc.DBAPIError, where: str, *, is_file: bool) -> UserError:
    hint = (
        "See that this account may read it; one that is damaged may be moved away: what was built"
        " stays on its branches."
        if is_file
        else "Start the database, or fix database_url in this machine's settings."
    )
    return UserError(f"the database cannot be read: {exc.orig}", where=where, hint=hint)
