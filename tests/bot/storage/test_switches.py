"""What all machines on one database have in common: the kill switch, and who was refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.storage import kill_switch
from bot.storage.database import open_database
from bot.storage.kill_switch import KillSwitch, halt_all
from bot.storage.refusals import DenialRateLimit
from bot.storage.tables import MARKS, REFUSALS
from bot.storage.tickets import TicketStore


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def machines(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[TicketStore]]:
    """Two of them."""
    monkeypatch.setattr(kill_switch, "FRESH_SECONDS", 0.0)
    is_file = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'db'}" if is_file else request.getfixturevalue("postgres")
    engines = [open_database(url) for _ in range(2)]
    with engines[0].begin() as db:
        for table in (MARKS, REFUSALS):
            db.execute(sa.delete(table))
    yield [TicketStore(engine) for engine in engines]
    for engine in engines:
        engine.dispose()


def test_a_halt_is_for_every_machine(machines: list[TicketStore]) -> None:
    one, two = map(KillSwitch, machines)
    assert not one.is_on()
    assert halt_all(machines[0], on=True)
    assert one.is_on()
    assert two.is_on()
    assert halt_all(machines[1], on=False)
    assert not one.is_on()


def test_while_the_database_is_away_a_halt_stays_as_it_was(
    machines: list[TicketStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither is a halted machine set free by that, nor a running one stopped, nor does it raise."""
    halted, running = KillSwitch(machines[0]), KillSwitch(machines[1])
    assert not running.is_on()
    halt_all(machines[0], on=True)
    assert halted.is_on()

    def refuse(*_: object) -> str:
        raise sa.exc.OperationalError("", {}, Exception("away"))

    monkeypatch.setattr(TicketStore, "read_mark", refuse)
    monkeypatch.setattr(TicketStore, "write_mark", refuse)
    assert halted.is_on()
    assert not running.is_on()
    assert not halt_all(machines[0], on=False)


def test_refusals_count_whichever_machine_gave_them(machines: list[TicketStore]) -> None:
    """Three a minute in one repository, as many an hour in all as a person may start jobs."""
    one, two = (DenialRateLimit(store, 5) for store in machines)
    for at in (0.0, 1.0, 2.0):
        assert not two.is_reached(7, "octocat/bank", 1000.0 + at)
        one.record_denial(7, "octocat/Bank", 1000.0 + at)
    assert two.is_reached(7, "octocat/bank", 1003.0)
    assert not two.is_reached(7, "octocat/other", 1003.0)
    assert not two.is_reached(8, "octocat/bank", 1003.0)
    assert not two.is_reached(7, "octocat/bank", 1063.0)
    for at in (63.0, 64.0):
        two.record_denial(7, "octocat/other", 1000.0 + at)
    assert one.is_reached(7, "octocat/third", 1100.0)
    assert not one.is_reached(7, "octocat/third", 1000.0 + 3602.0)


def test_a_clock_set_back_refuses_nobody_for_days(machines: list[TicketStore]) -> None:
    limit = DenialRateLimit(machines[0], 5)
    for _ in range(3):
        limit.record_denial(7, "octocat/bank", 864_000.0)
    assert limit.is_reached(7, "octocat/bank", 864_000.0)
    assert not limit.is_reached(7, "octocat/bank", 10.0)


def test_old_refusals_are_not_kept(machines: list[TicketStore]) -> None:
    limit = DenialRateLimit(machines[0], 5)
    for person in range(20):
        limit.record_denial(person, "octocat/bank", person * 4000.0)
    with machines[0].engine.connect() as db:
        assert db.execute(sa.select(sa.func.count()).select_from(REFUSALS)).scalar() == 1
