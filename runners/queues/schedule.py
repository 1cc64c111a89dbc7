"""What the scheduler sees: what waits and runs, on which workers and lanes, by whose lease."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.storage.leader import LeaderLease
from bot.storage.workers import DEAD_AFTER_SECONDS, WorkerRow, WorkerStore
from runners.queues.turns import find_rank
from runners.queues.work_item import kind_of, ticket_of

if TYPE_CHECKING:
    from dbos import WorkflowStatus


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One piece of work that waits, or runs on `executor`. Ages are in seconds.

    `priority` is its rank, `ahead` how many of its queue are taken before it.
    """

    id: str
    queue: str
    kind: str
    ticket: str
    repo: str
    priority: int
    phase: str
    executor: str
    age: float
    ahead: int


@dataclass(frozen=True, slots=True)
class LaneRow:
    """A worker's lanes, and the builds that share them now."""

    executor: str
    lanes: int
    builds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """Who holds something, and for how many seconds more unless the holder is heard of."""

    what: str
    holder: str
    left: float


@dataclass(frozen=True, slots=True)
class Schedule:
    queue: tuple[QueueRow, ...]
    workers: tuple[WorkerRow, ...]
    lanes: tuple[LaneRow, ...]
    leases: tuple[LeaseRow, ...]


def read_schedule(
    works: Sequence["WorkflowStatus"], store: WorkerStore, lease: LeaderLease, now: float
) -> Schedule:
    """`works` are those that DBOS lists as waiting or running; `now` is in seconds since 1970."""
    workers = tuple(store.list_workers())
    queue = tuple(_list_queue(works, now))
    lanes = tuple(
        LaneRow(row.facts.executor, row.facts.lanes, _list_builds(queue, row)) for row in workers
    )
    leader = lease.read_leader()
    loop = [LeaseRow("loop", leader.holder, leader.left)] if leader.holder else []
    return Schedule(queue, workers, lanes, (*loop, *_list_leases(queue, workers)))


def _list_queue(works: Iterable["WorkflowStatus"], now: float) -> Iterator[QueueRow]:
    waiting: dict[str, int] = {}
    for work in sorted(works, key=_order):
        queue = work.queue_name or ""
        is_running = work.status == "PENDING"
        since = work.dequeued_at if is_running else work.created_at
        yield QueueRow(
            work.workflow_id,
            queue,
            kind_of(work.workflow_id),
            ticket_of(work.workflow_id),
            work.queue_partition_key or "",
            find_rank(work.priority or 0),
            "running" if is_running else "queued",
            (work.executor_id or "") if is_running else "",
            max(0.0, now - (since or 0) / 1000),
            0 if is_running else waiting.get(queue, 0),
        )
        if not is_running:
            waiting[queue] = waiting.get(queue, 0) + 1


def _order(work: "WorkflowStatus") -> tuple[bool, int, int]:
    return work.status != "PENDING", work.priority or 0, work.created_at or 0


def _list_builds(queue: Iterable[QueueRow], worker: WorkerRow) -> tuple[str, ...]:
    own = (row for row in queue if row.executor == worker.facts.executor)
    return tuple(row.id for row in own if row.kind in {"build", "check"})


def _list_leases(queue: Iterable[QueueRow], workers: Iterable[WorkerRow]) -> Iterator[LeaseRow]:
    left = {row.facts.executor: DEAD_AFTER_SECONDS - row.silent for row in workers}
    for row in queue:
        if row.executor:
            yield LeaseRow(row.id, row.executor, max(0.0, left.get(row.executor, 0.0)))
