"""What other lanes have in flight counts against a job's own limit of tokens."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.config.repository import JobLimits
from bot.ledger import LedgerRow
from bot.storage.jobs import JobRow, Store, open_store
from runners.build.job_record import JobLimitError, JobRecord


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'x.sqlite'}")
    yield store
    store.engine.dispose()


@pytest.fixture
def job(store: Store) -> JobRecord:
    row = JobRow("j", "r", "b", "0" * 40, "", 0.0)
    store.save_job(row)
    return JobRecord(store, row, JobLimits(tokens=1000))


def attempt(job: JobRecord, number: int, bound: int, took: int) -> None:
    with job.reserve("fix", number, bound):
        pass
    job.add_attempt(LedgerRow("fix", number, "local", "m", took, 0))


def test_lanes_pass_a_limit_by_no_more_than_one_attempt(job: JobRecord) -> None:
    """However many there are: of what may pass it, one waits for what the others took."""
    begun = threading.Barrier(8)

    def work(lane: int) -> int:
        begun.wait(20)
        try:
            for number in range(100):
                attempt(job, lane * 100 + number, 300, 250)
        except JobLimitError:
            return number
        return 100

    with ThreadPoolExecutor(8) as lanes:
        assert sum(lanes.map(work, range(8))) * 250 < 1000 + 300


def test_who_waits_goes_on_where_the_others_took_less(job: JobRecord) -> None:
    with job.reserve("fix", 1, 1000), ThreadPoolExecutor(1) as lane:
        other = lane.submit(attempt, job, 2, 300, 10)
        assert not other.done()
        job.add_attempt(LedgerRow("fix", 1, "local", "m", 20, 0))
        other.result(20)


def test_an_attempt_that_was_not_made_counts_for_nothing(job: JobRecord) -> None:
    """As when a model is down: it is asked again later."""
    for _ in range(5):
        with pytest.raises(OSError, match="down"), job.reserve("fix", 1, 999):
            raise OSError("down")
    attempt(job, 1, 999, 10)
