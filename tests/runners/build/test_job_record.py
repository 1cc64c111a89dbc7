"""What a job has used up of its limits: over all processes that built it, and no other time."""

from pathlib import Path

import pytest

from bot.config.repository import JobLimits
from bot.job_states import JobEvent
from bot.ledger import LedgerRow
from bot.storage.jobs import JobRow, Store, open_store
from runners.build.job_record import JobLimitError, JobRecord

LIMITS = JobLimits(tokens=1000, wall_clock=100)
ROW = JobRow("j", "/repo", "branch", "base", "plan", 0.0)


class Clock:
    """A machine's own: it begins anywhere with each process."""

    def __init__(self, at: float) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(f"sqlite:///{tmp_path / 'jobs.sqlite'}")


def take_up(store: Store, at: float = 0.0, **how: object) -> tuple[JobRecord, Clock]:
    """As a process does that was just started."""
    clock = Clock(at)
    record = JobRecord(store, store.find_job("j") or ROW, LIMITS, clock)
    record.begin_run("1", **how)  # type: ignore[arg-type]
    return record, clock


def spend(record: JobRecord, number: int, tokens: int) -> None:
    record.add_attempt(LedgerRow("t", number, "local", "m", tokens_out=tokens))


def test_time_adds_up_over_processes_however_their_clocks_stand(store: Store) -> None:
    """Killed every 60 seconds, it comes to its limit in the second process, and stays there."""
    record, clock = take_up(store, at=5000.0)
    clock.at += 60
    record.require_room()
    record, clock = take_up(store, at=7.0)
    record.require_room()
    clock.at += 41
    with pytest.raises(JobLimitError, match="100 seconds is reached"):
        record.require_room()
    record, _ = take_up(store, at=0.0)
    with pytest.raises(JobLimitError, match="100 seconds is reached"):
        record.require_room()


def test_time_that_nobody_built_in_is_not_spent(store: Store) -> None:
    record, clock = take_up(store)
    clock.at += 60
    record.note_time()
    clock.at += 10_000  # killed here; taken up by a process whose clock says as much
    record, _ = take_up(store, at=clock.at)
    record.require_room()


@pytest.mark.parametrize("how", [{"resumes": 1}, {"fresh": True}])
def test_a_person_who_has_it_go_on_gives_it_room_once(store: Store, how: dict[str, object]) -> None:
    """Said once it counts once, however often the process is killed after it."""
    record, _ = take_up(store)
    spend(record, 1, 1200)
    with pytest.raises(JobLimitError, match=r"1,000 tokens is reached \(1,200 are spent\)"):
        record.require_room()
    record, _ = take_up(store, **how)
    record.require_room()
    spend(record, 2, 1000)
    for _ in range(2):
        record, _ = take_up(store, **{**how, "fresh": False})
        with pytest.raises(JobLimitError, match="tokens is reached"):
            record.require_room()


def test_going_on_where_no_limit_was_reached_gives_nothing(store: Store) -> None:
    record, _ = take_up(store)
    spend(record, 1, 600)
    record, _ = take_up(store, resumes=1)
    spend(record, 2, 600)
    with pytest.raises(JobLimitError, match="1,000 tokens"):
        record.require_room()


def test_the_run_after_one_whose_story_was_lost_has_what_is_left(store: Store) -> None:
    """Else a job that loses its records again and again would have no limit."""
    record, clock = take_up(store)
    spend(record, 1, 600)
    clock.at += 60
    record.note_time()
    record, clock = take_up(store, anew=True)
    assert record.row.run == 2
    spend(record, 1, 500)
    with pytest.raises(JobLimitError, match="1,100 are spent"):
        record.require_room()


def test_the_run_after_one_that_ended_has_all_of_it(store: Store) -> None:
    record, clock = take_up(store)
    clock.at += 99
    spend(record, 1, 999)
    record.apply_event(JobEvent.BUILD)
    record.apply_event(JobEvent.BLOCK)
    record, clock = take_up(store)
    spend(record, 1, 900)
    clock.at += 90
    record.require_room()


def test_what_a_run_that_was_left_still_enters_stays_with_it(store: Store) -> None:
    record, _ = take_up(store)
    later = record.reopen()
    later.begin_run("1", anew=True)
    spend(record, 1, 7)
    spend(later, 1, 11)
    assert [row.tokens for row in store.list_attempts("j", 1)] == [7]
    assert [row.tokens for row in store.list_attempts("j", 2)] == [11]


def test_the_run_after_one_that_was_left_goes_by_the_same_clock(store: Store) -> None:
    """What is left of the limits runs on from there."""
    record, clock = take_up(store, at=5000.0)
    clock.at += 60
    later = record.reopen()
    later.begin_run("1", anew=True)
    clock.at += 39
    later.require_room()
    clock.at += 2
    with pytest.raises(JobLimitError, match="100 seconds"):
        later.require_room()


def test_rows_are_read_once_and_one_entered_again_counts_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many attempts there are: each looks at the sum before it."""
    record, _ = take_up(store)
    record.require_room()
    monkeypatch.setattr(Store, "list_attempts", lambda *_: pytest.fail("all rows were read"))
    for number in range(1, 9):
        for _ in range(2):  # done again after a kill
            spend(record, number, 100)
        record.require_room()
    spend(record, 9, 200)
    with pytest.raises(JobLimitError, match="1,000 are spent"):
        record.require_room()
