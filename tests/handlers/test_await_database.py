"""A server waits for a database that is not there yet, and ends where what it held is gone."""

import logging
import sqlite3

import pytest
import sqlalchemy as sa

from bot.config.machine import Settings, parse_settings
from bot.errors import UserError
from bot.machine_faults import MachineFaultError
from bot.storage import database
from handlers import await_database
from handlers.await_database import START_PAUSES_SECONDS, DatabaseLoss, await_tickets
from runners.supervisor import Loop

AWAY = "postgresql://nobody@127.0.0.1:1/none"


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(await_database.time, "sleep", slept.append)
    return slept


def settings_for(url: str) -> Settings:
    return parse_settings(f'database_url = "{url}"\n')


def test_a_postgres_that_does_not_come_up_ends_the_command_as_a_fault_of_the_machine(
    pauses: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    """Whose exit code has a service manager start it again; what is wrong is told at once."""
    with (
        caplog.at_level(logging.ERROR),
        pytest.raises(MachineFaultError, match="cannot be reached"),
    ):
        await_tickets(settings_for(AWAY))
    assert pauses == list(START_PAUSES_SECONDS)
    assert "tried again in 1 s: " in caplog.text
    assert "refused" in caplog.text


@pytest.mark.parametrize("url", ["postgresql://x:y:z", "sqlite:////proc/none/x"])
def test_what_a_person_must_fix_is_not_waited_for(url: str, pauses: list[float]) -> None:
    with pytest.raises(UserError):
        await_tickets(settings_for(url))
    assert pauses == []


@pytest.mark.postgres
def test_it_goes_on_as_soon_as_the_database_takes_connections(
    postgres: str, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = database._create_engine  # noqa: SLF001  # the address is the only thing that is wrong

    def connect(named: sa.URL) -> sa.Engine:
        return real(
            named if len(pauses) > 2 else sa.make_url(AWAY).set(drivername=named.drivername)
        )

    monkeypatch.setattr(database, "_create_engine", connect)
    tickets = await_tickets(settings_for(postgres))
    tickets.probe()
    tickets.engine.dispose()
    assert pauses == [1.0, 2.0, 4.0]


def test_a_loop_that_finds_no_tables_ends_the_process_once_with_what_it_found() -> None:
    ended: list[str] = []
    loss = DatabaseLoss()
    loss.end = lambda: ended.append("ended")

    def turn() -> float:
        try:
            sqlite3.connect(":memory:").execute("SELECT * FROM bricklayer_loop")
        except sqlite3.OperationalError as exc:
            raise sa.exc.OperationalError("SELECT", None, exc) from exc
        return 0.0

    loop = Loop("lease", turn, failed=loss.hear)
    for _ in range(2):
        loop._take_turn()  # noqa: SLF001  # as its thread does
    assert ended == ["ended"]
    with pytest.raises(sa.exc.OperationalError, match="no such table"):
        loss.raise_if_lost()


@pytest.mark.parametrize("fault", [ValueError("ours"), OSError(28, "No space left on device")])
def test_any_other_fault_ends_no_process(fault: Exception) -> None:
    loss = DatabaseLoss()
    loss.end = lambda: pytest.fail("it ended")
    loss.hear(fault)
    loss.raise_if_lost()
