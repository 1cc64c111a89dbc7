"""Work through the queues of a PostgreSQL: how fast, at what cost, and how soon after a death.

The floor is what no queue could leave out, on the same server: one connection for each worker that
claims a row with `FOR UPDATE SKIP LOCKED` and writes its end, each a transaction.
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

from bot.storage.database import open_database  # noqa: E402
from bot.storage.workers import WorkerFacts, WorkerStore  # noqa: E402
from runners.queues.claim import Claim  # noqa: E402
from runners.queues.dbos_queue import DbosQueue, find_statuses  # noqa: E402
from runners.queues.states import QueueLimits  # noqa: E402
from runners.queues.work_item import WorkItem  # noqa: E402
from runners.queues.worker import QueueWorker  # noqa: E402
from runners.supervisor import Supervisor  # noqa: E402
from runners.worker_process.main import WorkResult  # noqa: E402

WORKERS, ITEMS, REPOSITORIES, AT_ONCE = 4, 400, 10, 4
DEATHS = 4
LIMITS = QueueLimits(builds=AT_ONCE, poll=0.5)
_PROCESS = "from queue_rows import serve_process; serve_process()"


def measure_queue() -> None:
    """400 pieces of work that take no time, from ten repositories, by four workers."""
    with _database() as url:
        queue = _open_asking(url)
        for number in range(ITEMS):
            queue.enqueue(_item(number))
        with _workers(url, WORKERS, "nothing") as processes:
            for process in processes:
                _read(process)
            before, began = _read_active(url), time.monotonic()
            for process in processes:
                _tell(process, "go")
            while _count(queue) < ITEMS:
                time.sleep(0.05)
            took = time.monotonic() - began
            active = _read_active(url) - before
            spent = sum(_end(process) for process in processes)
        floor = ITEMS / _measure_floor(url)
        print(
            f"  {ITEMS / took:.1f} a second, of {floor:.0f} by rows alone;"
            f" {active / ITEMS:.1f} ms of the database's time each, and with the way to it"
            f" {1000 * spent / ITEMS:.1f} ms"
        )


def measure_deaths() -> None:
    """A worker is killed in the middle of its work: until another has begun it, four times."""
    with _database() as url:
        queue = _open_asking(url)
        for number in range(DEATHS):
            with _workers(url, 2, "sleep") as processes:
                for process in processes:
                    _read(process)
                    _tell(process, "go")
                work = _item(number)
                queue.enqueue(work)
                pid = _wait_for_owner(queue, work.id, "")
                time.sleep(1 + 1.3 * number)  # at another moment of its heartbeat each time
                victim = next(p for p in processes if str(p.pid) == pid.rpartition("-")[2])
                victim.kill()
                began = time.monotonic()
                _wait_for_owner(queue, work.id, pid)
                print(f"  begun again after {time.monotonic() - began:.1f} s")
                queue.cancel([work.id])


def serve_process() -> None:
    """A worker: `nothing` is done for each, or what is done never ends by itself."""
    url, name, what = sys.argv[1:4]
    spent = [0.0]
    _time_statements(spent)
    folder = Path(tempfile.mkdtemp())

    def run(_item: WorkItem, claim: Claim) -> WorkResult:
        if what == "sleep":
            claim.wait_lost(3600)
        return WorkResult(passed=True)

    facts = WorkerFacts(name, "here", 0, 1, "bench", ("builds",))
    store = WorkerStore(open_database(url))
    worker = QueueWorker(url, facts, store, folder, LIMITS, run)
    print("ready", flush=True)
    sys.stdin.readline()
    spent[0] = 0.0
    worker.start(Supervisor())
    sys.stdin.readline()
    print(json.dumps(spent[0]), flush=True)


def _time_statements(spent: list[float]) -> None:
    begun: dict[int, float] = {}

    @sa.event.listens_for(sa.Engine, "before_cursor_execute")
    def begin(*_args: object) -> None:
        begun[threading.get_ident()] = time.perf_counter()

    @sa.event.listens_for(sa.Engine, "after_cursor_execute")
    def end(*_args: object) -> None:
        spent[0] += time.perf_counter() - begun[threading.get_ident()]


def _open_asking(url: str) -> DbosQueue:
    queue = DbosQueue(url, "asking", ())
    queue.launch(LIMITS, lambda *_: WorkResult(passed=True), lambda _: None)
    return queue


def _item(number: int) -> WorkItem:
    repo = f"repo-{number % REPOSITORIES}"
    return WorkItem(f"{repo}#{number}", repo, "build", "about", number, 30)


def _count(queue: DbosQueue) -> int:
    return ITEMS - len(queue.list_waiting())


def _wait_for_owner(queue: DbosQueue, work: str, other_than: str) -> str:
    del queue
    while True:
        found = find_statuses([work]).get(work)
        if found and found.status == "PENDING" and found.executor_id not in {None, other_than}:
            return str(found.executor_id)
        time.sleep(0.02)


@contextmanager
def _workers(url: str, many: int, what: str) -> Iterator[list["subprocess.Popen[str]"]]:
    processes: list[subprocess.Popen[str]] = []
    for number in range(many):
        argv = ["sh", "-c", f'exec "$0" -c "{_PROCESS}" "$1" "worker-{number}-$$" "$2"']
        argv += [sys.executable, url, what]
        processes.append(
            subprocess.Popen(
                argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=Path(__file__).parent,
            )
        )
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _read(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline()


def _tell(process: "subprocess.Popen[str]", word: str) -> None:
    assert process.stdin
    process.stdin.write(f"{word}\n")
    process.stdin.flush()


def _end(process: "subprocess.Popen[str]") -> float:
    _tell(process, "end")
    return float(_read(process))


def _read_active(url: str) -> float:
    """Milliseconds in which any connection was in a statement.

    https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW
    """
    time.sleep(1.5)  # a connection tells of what it did once a second
    query = "SELECT active_time FROM pg_stat_database WHERE datname = current_database()"
    engine = open_database(url)
    with engine.connect() as db:
        told = db.exec_driver_sql(query).scalar_one()
    engine.dispose()
    return float(told)


def _measure_floor(url: str) -> float:
    engine = open_database(url)
    with engine.begin() as db:
        db.exec_driver_sql("CREATE TABLE floor (id serial PRIMARY KEY, state text)")
        series = f"SELECT 'queued' FROM generate_series(1, {ITEMS})"  # noqa: S608
        db.exec_driver_sql(f"INSERT INTO floor (state) {series}")
    began = time.monotonic()

    def work() -> None:
        while True:
            with engine.begin() as db:
                claim = (
                    "UPDATE floor SET state = 'running' WHERE id = (SELECT id FROM floor WHERE"
                    " state = 'queued' LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id"
                )
                found = db.exec_driver_sql(claim).scalar()
            if found is None:
                return
            with engine.begin() as db:
                db.exec_driver_sql("UPDATE floor SET state = 'ended' WHERE id = %s", (found,))

    _in_threads(work)
    took = time.monotonic() - began
    engine.dispose()
    return took


def _in_threads(work: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def _database() -> Iterator[str]:
    from support.postgres import open_postgres  # noqa: PLC0415  # a worker's process has none

    with open_postgres() as server:
        open_database(server.get_uri()).dispose()
        yield server.get_uri()
