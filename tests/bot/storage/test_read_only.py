"""Who only reads a PostgreSQL writes nothing there, and waits for none of it without end."""

import pytest
import sqlalchemy as sa

from bot.storage import read_only
from bot.storage.database import open_database
from bot.storage.read_only import open_to_read

pytestmark = pytest.mark.postgres


def test_it_writes_nothing_and_ends_what_takes_too_long(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_only, "_READ_SECONDS", 1)
    open_database(postgres).dispose()
    engine = open_to_read(postgres)
    assert engine
    with engine.connect() as db, pytest.raises(sa.exc.DBAPIError, match="read-only"):
        db.execute(sa.text("CREATE TABLE mine (id int)"))
    with engine.connect() as db, pytest.raises(sa.exc.DBAPIError, match="statement timeout"):
        db.execute(sa.text("SELECT pg_sleep(60)"))
    engine.dispose()


def test_a_connection_that_its_server_ended_is_replaced(postgres: str) -> None:
    """A page after a restart of the database is shown, and no fault."""
    open_database(postgres).dispose()
    engine = open_to_read(postgres)
    assert engine
    with engine.connect() as db:
        number = db.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
    with sa.create_engine(engine.url).connect() as other:
        other.execute(sa.text("SELECT pg_terminate_backend(:number)"), {"number": number})
    with engine.connect() as db:
        assert db.execute(sa.text("SELECT 1")).scalar_one() == 1
    engine.dispose()
