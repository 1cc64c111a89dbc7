"""The queues as DBOS keeps them: who takes what, in which order, and whose result counts."""

import inspect
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from dbos import DBOS, _workflow_commands

from bot.storage.database import open_database, sqlite_url
from runners.queues import dbos_queue, quiet_dbos, work_item
from runners.queues.claim import Claim
from runners.queues.dbos_queue import DbosQueue, forget_ended
from runners.queues.states import QueueLimits, WorkState
from runners.queues.work_item import PRIORITIES, PROTOCOL, WorkItem, queue_name
from runners.worker_process.main import WorkResult

pytestmark = pytest.mark.slow
PATIENCE = 60.0
LIMITS = QueueLimits(poll=0.02)
Run = Callable[[WorkItem, Claim], WorkResult]


def item(repo: str, number: int = 0, priority: int = PRIORITIES["new"]) -> WorkItem:
    return WorkItem(f"{repo}#{number}", repo, "build", f"about-{number}", 0, priority)


def until(holds: Callable[[], object]) -> None:
    end, tick = time.monotonic() + PATIENCE, threading.Event()
    while not holds():
        assert time.monotonic() < end
        tick.wait(0.02)


class Database:
    """Processes on one database, one after the other, as DBOS is one a process."""

    def __init__(self, url: str) -> None:
        self.url = url

    def launch(
        self,
        run: Run,
        *,
        queues: tuple[str, ...] = ("builds", "plans"),
        executor: str = "one",
        may_take: Callable[[], bool] = lambda: True,
        limits: QueueLimits = LIMITS,
    ) -> DbosQueue:
        queue = DbosQueue(self.url, executor, queues)
        queue.launch(limits, run, lambda _: None, may_take)
        return queue

    def end_process(self) -> None:
        DBOS.destroy()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    is_file = request.param == "sqlite"
    url = sqlite_url(tmp_path) if is_file else request.getfixturevalue("postgres")
    monkeypatch.setattr(dbos_queue, "IDLE_POLL_SECONDS", 0.2)
    open_database(url).dispose()
    if not is_file:
        engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
        with engine.begin() as db:
            db.exec_driver_sql("DROP SCHEMA IF EXISTS dbos CASCADE")
        engine.dispose()
    yield Database(url)
    DBOS.destroy()


def test_a_result_comes_back_as_it_was_and_nothing_is_pickled(database: Database) -> None:
    queue = database.launch(lambda done, _: WorkResult(passed=True, head=done.key))
    work = item("7", 1)
    queue.enqueue(work)
    queue.enqueue(work)
    until(lambda: queue.find_states([work.id])[work.id].result)
    assert queue.find_states([work.id, "other"]) == {
        work.id: WorkState("ended", WorkResult(passed=True, head="7#1")),
        "other": WorkState("absent"),
    }
    formats = {status.queue_name for status in DBOS.list_workflows(workflow_ids=[work.id])}
    assert formats == {queue_name("builds")}
    for table in ("workflow_status", "operation_outputs"):
        assert _read_formats(database.url, table) <= {"portable_json", "bricklayer_json", None}


def _read_formats(url: str, table: str) -> set[str | None]:
    is_file = url.startswith("sqlite")
    engine = sa.create_engine(
        url if is_file else sa.make_url(url).set(drivername="postgresql+psycopg")
    )
    name = table if is_file else f"dbos.{table}"
    with engine.connect() as db:
        query = f"SELECT serialization FROM {name}"  # noqa: S608  # names of ours
        found = set(db.exec_driver_sql(query).scalars())
    engine.dispose()
    return found


def test_rework_of_any_repository_comes_first_and_then_repositories_take_turns(
    database: Database,
) -> None:
    """Whoever is taken first may have been alone there: nothing is said of it."""
    order: list[str] = []
    begun = threading.Event()

    def run(work: WorkItem, _claim: Claim) -> WorkResult:
        begun.wait(PATIENCE)
        order.append(work.key)
        return WorkResult(passed=True)

    queue = database.launch(run)
    queue.enqueue(item("Z", 0))
    until(queue.list_claims)
    works = [item("A", 1, PRIORITIES["retry"]), *(item("A", n) for n in range(2, 9)), item("B", 1)]
    works += [item("B", 2), item("A", 9, PRIORITIES["rework"]), item("B", 3, PRIORITIES["ci"])]
    for work in works:
        queue.enqueue(work)
    begun.set()
    until(lambda: len(order) == len(works) + 1)
    first = ["Z#0", "A#9", "B#3", "A#2", "B#1", "A#3", "B#2"]
    assert order == [*first, *(f"A#{n}" for n in range(4, 9)), "A#1"]


def test_what_is_given_back_keeps_its_turn(database: Database) -> None:
    """Its worker has died: whoever takes it next does so before what came after it."""
    order: list[str] = []
    held = threading.Event()

    def run(work: WorkItem, _claim: Claim) -> WorkResult:
        order.append(work.key)
        held.wait(PATIENCE)
        return WorkResult(passed=True)

    queue = database.launch(run)
    queue.enqueue(item("A", 1))
    until(lambda: order)
    for work in (item("A", 2), item("B", 1)):
        queue.enqueue(work)
    queue.resume_all(["one"])
    held.set()
    until(lambda: len(order) == 4)
    assert order[:2] == ["A#1", "A#1"]


def test_loops_that_are_not_ours_are_slowed_by_the_names_that_dbos_gives_them(
    database: Database,
) -> None:
    """A release that has other names would have DBOS take twice as much of an idle server."""
    database.launch(lambda *_: WorkResult(passed=True))
    process = DBOS(config={"name": dbos_queue.APPLICATION})
    internal = process._registry.get_internal_queue()  # noqa: SLF001  # no public name
    seconds = internal._polling_interval_sec  # noqa: SLF001
    assert seconds == quiet_dbos.INTERNAL_QUEUE_SECONDS
    jobs = inspect.getsource(_workflow_commands.background_jobs_thread)
    assert "_BACKGROUND_JOBS_INTERVAL_SEC" in jobs
    seconds = _workflow_commands._BACKGROUND_JOBS_INTERVAL_SEC  # noqa: SLF001
    assert seconds == quiet_dbos.JOBS_SECONDS


def test_nothing_is_taken_while_it_may_not_be_and_then_by_itself(database: Database) -> None:
    """It stays in its queue, where another worker finds it; it is not taken and given back."""
    taken: list[str] = []
    asked: list[bool] = []
    room = threading.Event()

    def run(work: WorkItem, _claim: Claim) -> WorkResult:
        taken.append(work.key)
        return WorkResult(passed=True)

    def may_take() -> bool:
        asked.append(room.is_set())
        return asked[-1]

    queue = database.launch(run, may_take=may_take)
    works = [item("7", n) for n in range(3)]
    for work in works:
        queue.enqueue(work)
    before = len(asked)
    until(lambda: len(asked) > before + 20)
    states = queue.find_states([work.id for work in works])
    assert {state.phase for state in states.values()} == {"queued"}
    assert not taken
    room.set()
    until(lambda: len(taken) == len(works))


def test_plans_of_an_hour_are_counted_over_all_machines(database: Database) -> None:
    """What the one that leads allows holds for another, whatever that has in its own settings."""
    taken: list[str] = []
    looked = threading.Semaphore(0)

    def run(work: WorkItem, _claim: Claim) -> WorkResult:
        taken.append(work.key)
        return WorkResult(passed=True)

    def may_take() -> bool:
        looked.release()
        return True

    hourly = QueueLimits(poll=0.02, plans=9, plans_an_hour=3)
    one = database.launch(run, limits=hourly)
    plans = [replace(item("7", n), kind="plan") for n in range(5)]
    expected = ["ended"] * 3 + ["queued"] * 2
    for plan in plans[:2]:
        one.enqueue(plan)
    until(lambda: len(taken) == 2)
    database.end_process()
    own = QueueLimits(poll=0.02, plans=9, plans_an_hour=0, is_leading=False)
    two = database.launch(run, executor="two", limits=own, may_take=may_take)
    for plan in plans[2:]:
        two.enqueue(plan)
    until(lambda: len(taken) == 3)
    for _ in range(100):  # looks at both queues
        assert looked.acquire(timeout=PATIENCE)
    assert len(taken) == 3
    ids = [plan.id for plan in plans]
    # What was taken may still be on its way to its end.
    until(lambda: sorted(s.phase for s in two.find_states(ids).values()) == expected)


def test_of_what_was_taken_over_only_the_new_owner_has_a_result(database: Database) -> None:
    """The old one is stopped as soon as it asks, which it does before each push."""
    claims: list[Claim] = []
    go_on = threading.Event()

    def run(_work: WorkItem, claim: Claim) -> WorkResult:
        claims.append(claim)
        mine = len(claims)
        if mine == 1:
            go_on.wait(PATIENCE)
        return WorkResult(passed=True, head=f"by {mine}")

    queue = database.launch(run)
    work = item("7", 1)
    queue.enqueue(work)
    until(lambda: claims)
    assert claims[0].is_mine()
    assert queue.resume_all(["another"]) == []
    assert queue.resume_all(["one"]) == [work.id]
    until(lambda: not claims[0].is_mine())
    assert claims[0].lost == "taken over"
    go_on.set()
    until(lambda: queue.find_states([work.id])[work.id].result)
    assert queue.find_states([work.id])[work.id].result == WorkResult(passed=True, head="by 2")


def test_what_is_cancelled_is_stopped_and_ends_so(database: Database) -> None:
    stopped = threading.Event()

    class Child:
        def stop(self) -> None:
            stopped.set()

    def run(_work: WorkItem, claim: Claim) -> WorkResult:
        claim.attach(Child())
        stopped.wait(PATIENCE)
        return WorkResult(passed=True)

    queue = database.launch(run)
    work = item("7", 1)
    queue.enqueue(work)
    until(queue.list_claims)
    queue.cancel([work.id])
    assert stopped.wait(PATIENCE)
    state = queue.find_states([work.id])[work.id]
    assert state.result
    assert state.result.stopped


def test_what_an_older_release_queued_is_done_by_a_newer_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless it would be misread: then it is left where nobody takes it, to be queued anew."""
    done = WorkResult(passed=True)
    older = database.launch(lambda *_: done, queues=())
    work = item("7", 1)
    older.enqueue(work)
    database.end_process()
    monkeypatch.setattr(work_item, "PROTOCOL", PROTOCOL + 1)
    newer = database.launch(lambda *_: done, executor="newer")
    newer.enqueue(other := item("7", 2))
    until(lambda: newer.find_states([other.id])[other.id].result)
    assert newer.find_states([work.id])[work.id].phase == "queued"
    database.end_process()
    monkeypatch.setattr(work_item, "PROTOCOL", PROTOCOL)
    same = database.launch(lambda *_: done, executor="same")
    until(lambda: same.find_states([work.id])[work.id].result)


def test_what_raises_or_is_too_large_is_a_result_that_says_so(database: Database) -> None:
    def run(work: WorkItem, _claim: Claim) -> WorkResult:
        if work.key.endswith("1"):
            raise RuntimeError("by accident")
        return WorkResult(passed=True, text="x" * (dbos_queue.MAX_RESULT_CHARACTERS + 1))

    queue = database.launch(run)
    for number, words in ((1, "RuntimeError: by accident"), (2, "characters long")):
        work = item("7", number)
        queue.enqueue(work)
        until(lambda work=work: queue.find_states([work.id])[work.id].result)
        result = queue.find_states([work.id])[work.id].result
        assert result
        assert words in result.why
        assert result.is_system_error


def test_what_ended_long_ago_is_forgotten_unless_its_result_is_wanted(database: Database) -> None:
    """Work under way, or that ended just now, is never touched."""
    hold = threading.Event()

    def run(done: WorkItem, _: Claim) -> WorkResult:
        if done.key.startswith("9"):
            hold.wait(30)
        return WorkResult(passed=True)

    queue = database.launch(run)
    gone, wanted, running = item("7", 1), item("7", 2), item("9", 1)
    for each in (gone, wanted):
        queue.enqueue(each)
    until(lambda: all(queue.find_states([each.id])[each.id].result for each in (gone, wanted)))
    queue.enqueue(running)
    later = time.time() + 60
    assert forget_ended(database.url, time.time() - 60, ()) == 0
    assert forget_ended(database.url, later, [wanted.id], dry_run=True) == 1
    assert forget_ended(database.url, later, [wanted.id]) == 1
    states = queue.find_states([gone.id, wanted.id, running.id])
    assert states[gone.id].phase == "absent"
    assert states[wanted.id].result
    assert states[running.id].phase in {"queued", "running"}
    hold.set()
    until(lambda: queue.find_states([running.id])[running.id].result)
