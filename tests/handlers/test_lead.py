"""Of several servers on a database one turns the loop; another does once that one has ended."""

import errno
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.storage.database import open_database
from bot.storage.leader import LEASE_SECONDS, LeaderLease, TakenOverError, Term
from bot.storage.tables import LOOP
from handlers.lead import Leading
from runners.supervisor import Supervisor


@dataclass
class Loops:
    """What was begun and stopped, in order, by the name of the server."""

    told: list[str] = field(default_factory=list)
    broken: bool = False

    def maker(self, name: str) -> Callable[[Term], object]:
        return lambda _term: FakeWorker(name, self)


@dataclass
class FakeWorker:
    name: str
    loops: Loops

    def start(self) -> None:
        if self.loops.broken:
            raise OSError(28, "No space left on device")
        self.loops.told.append(f"{self.name} begins")

    def stop(self) -> None:
        self.loops.told.append(f"{self.name} ends")

    def signal_delivery(self) -> None:
        self.loops.told.append(f"{self.name} hears")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'db'}")
    yield engine
    engine.dispose()


def server(engine: sa.Engine, loops: Loops, name: str, place: str = "") -> Leading:
    """One whose turns are taken by the test."""
    lease = LeaderLease(engine, name, place)
    return Leading(lease, loops.maker(name), Supervisor())  # type: ignore[arg-type]


def turn(*servers: Leading) -> None:
    for each in servers:
        each._turn()  # noqa: SLF001  # as its thread does


def pass_time(engine: sa.Engine, seconds: float) -> None:
    with engine.begin() as db:
        db.execute(sa.update(LOOP).values(until=LOOP.c.until - seconds))


def test_a_second_server_stands_by_until_the_first_has_died(engine: sa.Engine) -> None:
    loops = Loops()
    one, two = server(engine, loops, "one"), server(engine, loops, "two")
    turn(one, two)
    assert loops.told == ["one begins"]
    assert [each.find_facts()["role"] for each in (one, two)] == ["leader", "standby"]
    two.signal_delivery()  # it is in the inbox, where the leader looks
    one.signal_delivery()
    assert loops.told.pop() == "one hears"
    pass_time(engine, LEASE_SECONDS - 3)
    turn(two)
    assert loops.told == ["one begins"]
    pass_time(engine, 4)  # no renewal came: one was killed
    turn(two)
    assert loops.told == ["one begins", "two begins"]


def test_one_that_wakes_up_after_its_lease_stops_what_it_runs_and_stands_by(
    engine: sa.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    loops = Loops()
    one, two = server(engine, loops, "one"), server(engine, loops, "two")
    turn(one)
    pass_time(engine, LEASE_SECONDS + 1)
    turn(two, one)
    assert loops.told == ["one begins", "two begins", "one ends"]
    assert "taken over by two" in caplog.text
    turn(one, two, one)
    assert len(loops.told) == 3
    pass_time(engine, LEASE_SECONDS + 1)
    turn(one, two)
    assert loops.told[3:] == ["one begins", "two ends"]


def test_a_clean_end_lets_the_other_lead_at_once(engine: sa.Engine) -> None:
    """Once what runs has been stopped."""
    loops = Loops()
    one, two = server(engine, loops, "one"), server(engine, loops, "two")
    turn(one, two)
    one.stop()
    turn(two)
    assert loops.told == ["one begins", "one ends", "two begins"]


def test_a_server_that_is_started_again_leads_at_once(engine: sa.Engine) -> None:
    """It holds the lock of the folder that the one before it had; another place waits."""
    loops = Loops()
    turn(server(engine, loops, "killed", "a"))
    turn(server(engine, loops, "elsewhere", "b"))
    turn(server(engine, loops, "again", "a"))
    assert loops.told == ["killed begins", "again begins"]


def test_what_is_shown_is_refused_in_between(engine: sa.Engine) -> None:
    """A thread that was about to post asks first, and finds out before the lease's own loop."""
    loops, terms = Loops(), []

    def begin(term: Term) -> FakeWorker:
        terms.append(term)
        return FakeWorker("one", loops)

    one = Leading(LeaderLease(engine, "one"), begin, Supervisor())  # type: ignore[arg-type]
    turn(one)
    one.check_lease(terms[0])
    pass_time(engine, LEASE_SECONDS + 1)
    turn(server(engine, loops, "two"))
    with pytest.raises(TakenOverError, match="taken over by two"):
        one.check_lease(terms[0])


def test_a_loop_that_cannot_begin_is_begun_at_a_later_turn(engine: sa.Engine) -> None:
    """The lease stays with it meanwhile: nobody else does better on the same database."""
    loops = Loops(broken=True)
    one = server(engine, loops, "one")
    with pytest.raises(OSError, match="No space"):
        turn(one)
    loops.broken = False
    turn(one)
    assert loops.told == ["one ends", "one begins"]


def test_a_database_that_goes_as_the_server_starts_does_not_end_it(engine: sa.Engine) -> None:
    loops, cuts = Loops(), list[str]()
    one = server(engine, loops, "one")

    def cut_once(*_: object) -> None:
        if not cuts:
            cuts.append("cut")
            raise OSError(errno.EIO, "Input/output error")

    sa.event.listen(engine, "before_cursor_execute", cut_once)
    one.start()
    try:
        end = time.monotonic() + 30
        while not loops.told and time.monotonic() < end:
            time.sleep(0.01)
    finally:
        one.stop()
    assert (cuts, loops.told[:1]) == (["cut"], ["one begins"])
