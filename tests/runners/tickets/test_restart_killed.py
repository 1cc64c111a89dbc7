"""Work that the machine killed is taken up again by itself, three times at one head, then told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.storage.database import sqlite_url
from bot.storage.jobs import open_store
from bot.storage.tickets import TicketStore, open_ticket_store
from runners.tickets.restart_killed import FIRST_PAUSE_SECONDS, MAX_RESTARTS, WorkTries
from runners.worker_process.main import WorkResult

KILLED = WorkResult(passed=False, why="its process died (exit -9): no output", killed=True)
DONE = WorkResult(passed=True)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TicketStore]:
    opened = open_ticket_store(open_store(sqlite_url(tmp_path)))
    yield opened
    opened.engine.dispose()


def tries(store: TicketStore, waited: list[float], head: str = "a") -> WorkTries:
    def wait(seconds: float) -> bool:
        waited.append(seconds)
        return False

    return WorkTries(store, "build:7#1", lambda: head, wait)


def test_it_goes_on_after_a_kill_with_longer_pauses(store: TicketStore) -> None:
    results, waited = iter([KILLED, KILLED, DONE]), list[float]()
    assert tries(store, waited).run(lambda: next(results)) == DONE
    assert waited == [FIRST_PAUSE_SECONDS, 4 * FIRST_PAUSE_SECONDS]
    assert tries(store, waited).run(lambda: DONE) == DONE
    assert len(waited) == 2


def test_at_one_head_it_is_given_up_with_words(store: TicketStore) -> None:
    runs: list[int] = []

    def run() -> WorkResult:
        runs.append(1)
        return KILLED

    ended = tries(store, []).run(run)
    assert len(runs) == MAX_RESTARTS + 1
    assert "memory" in ended.why
    assert "/retry" in ended.why
    assert not ended.is_system_error
    assert tries(store, []).run(lambda: DONE) == DONE


def test_the_death_of_the_whole_worker_counts_too(store: TicketStore) -> None:
    """Whoever takes the work up then knows of it, and what has landed since begins the count anew."""

    class DiedError(BaseException):
        pass

    def die() -> WorkResult:
        raise DiedError

    for _ in range(MAX_RESTARTS + 1):
        with pytest.raises(DiedError):
            tries(store, []).run(die)
    waited: list[float] = []
    assert tries(store, waited, head="b").run(lambda: DONE) == DONE
    assert not waited


def test_it_does_not_begin_again_once_it_was_stopped(store: TicketStore) -> None:
    results = iter([KILLED])
    stopped = WorkTries(store, "build:7#1", lambda: "a", lambda _: True)
    assert stopped.run(lambda: next(results)).stopped
