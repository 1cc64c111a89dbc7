"""PostgreSQL is lost in the middle of what DBOS writes down of a piece of work: it is done, and once."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from dbos import DBOS
from dbos._sys_db import SystemDatabase
from support.postgres import create_database

from bot.storage.database import bound_waits, open_database
from runners.queues import dbos_queue
from runners.queues.claim import Claim
from runners.queues.dbos_queue import DbosQueue
from runners.queues.states import QueueLimits
from runners.queues.work_item import QUEUES, WorkItem, queue_name
from runners.worker_process.main import WorkResult

pytestmark = [pytest.mark.slow, pytest.mark.postgres]
PATIENCE = 60.0
TICK = threading.Event()
ENQUEUED, TAKEN, DONE, ENDED = range(4)
"""What DBOS writes of one piece of work, in this order; each is a transaction."""


class Writes:
    """Counts the transactions of DBOS in which it writes, and cuts off one of them."""

    def __init__(self, engine: sa.Engine) -> None:
        self.cut_at = -1
        self.seen: list[str] = []
        self._admin = sa.create_engine(engine.url, isolation_level="AUTOCOMMIT")
        sa.event.listen(engine, "before_cursor_execute", self._begin)
        sa.event.listen(engine, "after_cursor_execute", self._note)
        sa.event.listen(engine, "commit", self._commit)

    def _begin(self, db: sa.Connection, _cursor: object, statement: str, *_: object) -> None:
        """The end of a piece of work is one statement without a transaction: it does not arrive."""
        if statement.startswith("WITH updated"):
            self._count(db, statement)

    def _note(self, db: sa.Connection, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("INSERT", "UPDATE")) and getattr(cursor, "rowcount", 0) > 0:
            db.info["wrote"] = statement

    def _commit(self, db: sa.Connection) -> None:
        """The commit arrives, the word of it does not."""
        if wrote := db.info.pop("wrote", ""):
            self._count(db, wrote)

    def _count(self, db: sa.Connection, statement: str) -> None:
        self.seen.append(statement)
        if len(self.seen) - 1 == self.cut_at:
            raw: Any = db.connection.dbapi_connection
            raw.commit()
            end = sa.text("SELECT pg_terminate_backend(:pid, 5000)")
            with self._admin.connect() as other:
                other.execute(end, {"pid": raw.info.backend_pid})

    def close(self) -> None:
        self._admin.dispose()


@pytest.fixture
def begun() -> list[str]:
    return []


@pytest.fixture
def empty(postgres: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Its URL, before DBOS was ever launched on it."""
    monkeypatch.setattr(dbos_queue, "UNSTARTED_SECONDS", 0.5)
    monkeypatch.setattr(dbos_queue, "IDLE_POLL_SECONDS", 0.2)
    url = create_database(postgres)
    open_database(url).dispose()
    yield url
    DBOS.destroy()


def launch(url: str, begun: list[str]) -> DbosQueue:
    def run(item: WorkItem, _claim: Claim) -> WorkResult:
        begun.append(item.id)
        if item.key == "slow":
            TICK.wait(2)
        return WorkResult(passed=True)

    made = DbosQueue(url, "one", ("builds", "plans"))
    made.launch(QueueLimits(poll=0.02), run, lambda _: None)
    return made


@pytest.fixture
def queue(empty: str, begun: list[str]) -> DbosQueue:
    return launch(empty, begun)


@pytest.fixture
def engine(queue: DbosQueue) -> sa.Engine:
    """DBOS's own, once what the launch of `queue` writes down is there."""
    assert queue.list_claims() == []
    from dbos._dbos import _get_dbos_instance  # noqa: PLC0415  # it is nowhere else

    names = set(map(queue_name, QUEUES))
    until(lambda: {each.name for each in DBOS.list_queues()} >= names)
    return _get_dbos_instance()._sys_db.engine  # noqa: SLF001


@pytest.fixture
def writes(engine: sa.Engine) -> Iterator[Writes]:
    made = Writes(engine)
    yield made
    made.close()


def until(holds: Callable[[], object], beat: Callable[[], object] = lambda: None) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        beat()
        TICK.wait(0.02)


@pytest.mark.parametrize("cut_at", [ENQUEUED, TAKEN, DONE, ENDED])
def test_whichever_word_of_the_database_is_lost_the_work_is_done_once(
    queue: DbosQueue, writes: Writes, begun: list[str], cut_at: int
) -> None:
    writes.cut_at = cut_at
    item = WorkItem("7#1", "7", "build", "about", 0, 30)
    queue.enqueue(item)
    until(lambda: queue.find_states([item.id])[item.id].result, queue.requeue_unstarted)
    assert len(writes.seen) > cut_at, writes.seen
    assert begun == [item.id]


def test_what_is_being_done_is_not_queued_again(queue: DbosQueue, begun: list[str]) -> None:
    item = WorkItem("slow", "7", "build", "about", 0, 30)
    queue.enqueue(item)
    until(lambda: begun)
    requeued: list[str] = []
    until(
        lambda: queue.find_states([item.id])[item.id].result,
        lambda: requeued.extend(queue.requeue_unstarted()),
    )
    assert (begun, requeued) == ([item.id], [])


def test_a_launch_that_the_database_cuts_off_is_made_anew(
    empty: str, begun: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """DBOS itself counts as launched by then, and would take nothing from any queue."""
    real = SystemDatabase.create_application_version

    def fail_once(database: SystemDatabase, *_: object) -> None:
        monkeypatch.setattr(SystemDatabase, "create_application_version", real)
        with database.engine.connect() as db:
            db.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))

    monkeypatch.setattr(SystemDatabase, "create_application_version", fail_once)
    with pytest.raises(sa.exc.OperationalError):
        launch(empty, begun)
    queue, item = launch(empty, begun), WorkItem("7#1", "7", "build", "about", 0, 30)
    queue.enqueue(item)
    until(lambda: queue.find_states([item.id])[item.id].result)
    assert begun == [item.id]


def test_its_connections_notice_a_network_that_swallows_everything(engine: sa.Engine) -> None:
    """By default a statement whose answer never comes is waited for without end."""
    with engine.connect() as db:
        raw: Any = db.connection.dbapi_connection
        told = raw.info.get_parameters()
    assert (told["keepalives_idle"], told["tcp_user_timeout"]) == ("10", "20000")


def test_what_the_url_says_of_waiting_holds() -> None:
    told = bound_waits("postgresql://x@h/d?connect_timeout=3")
    assert "connect_timeout=3" in told
    assert "keepalives_idle=10" in told
    assert bound_waits("sqlite:////tmp/x") == "sqlite:////tmp/x"
