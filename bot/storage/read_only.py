"""Opening the database to read alone: nothing is made, upgraded or locked beside a server."""

from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa

from bot.errors import UserError
from bot.storage.upgrade import REVISIONS, find_revisions

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
    # https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-DEFAULT-TRANSACTION-READ-ONLY
    options = "-c default_transaction_read_only=on"
    settings = {"options": options, "connect_timeout": _WAIT_SECONDS}
    return sa.create_engine(named, connect_args=settings)


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
