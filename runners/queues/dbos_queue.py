"""The queues, kept by DBOS in the shared database: the only module here that imports it.

A workflow is one step: the work, done by a child process. Its arguments and its result are JSON,
never pickles: whoever may write to the database must not thereby run code on every worker.
"""

import datetime as dt
import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from dbos import DBOS, DBOSClient, Serializer, WorkflowSerializationFormat, WorkflowStatus

from bot.storage.database import bound_waits
from bot.storage.lost_connection import wait_while_lost, waiting_as_a_build
from runners.log_failure import log_failure
from runners.queues.claim import Claim, LostReason
from runners.queues.pause_taking import take_only_if
from runners.queues.quiet_dbos import slow_unused_loops
from runners.queues.states import ABSENT, QueueLimits, WorkState
from runners.queues.turns import Place, find_number
from runners.queues.work_item import ITEM_JSON, QUEUES, QueueName, WorkItem, queue_name
from runners.worker_process.client import STOPPED
from runners.worker_process.main import RESULT_JSON, WorkResult, failed_by

log = logging.getLogger("bricklayer")
APPLICATION = "bricklayer-queues"
VERSION = "1"
"""The same in every release, so that what an older one enqueued is taken by a newer one. What an
older one could not do has another queue: `PROTOCOL`. https://docs.dbos.dev/production/workflow-upgrades"""
WORKFLOW = "do_work"
MAX_RESULT_CHARACTERS = 1 << 20
IDLE_POLL_SECONDS = 60.0
MAX_FORGOTTEN = 500
POOL_SIZE = 5
MAX_CHILD_END_SECONDS = 20.0
UNSTARTED_SECONDS = 10.0
"""For which work may be written down as taken by this process before it does it."""
_UNFINISHED: Any = {
    "status": ["ENQUEUED", "PENDING"],
    "queue_name": [queue_name(queue) for queue in QUEUES],
    "load_input": False,
    "load_output": False,
}
RunItem = Callable[[WorkItem, Claim], WorkResult]


class JsonSerializer(Serializer):
    """For errors and what else DBOS records: a pickle would run code of whoever wrote it."""

    def serialize(self, data: Any) -> str:  # noqa: ANN401  # as DBOS declares it
        return json.dumps(data, default=str)

    def deserialize(self, serialized_data: str) -> Any:  # noqa: ANN401
        return json.loads(serialized_data)

    def name(self) -> str:
        return "bricklayer_json"


@dataclass(slots=True)
class _Process:
    """What this process does: DBOS is one a process (https://docs.dbos.dev/python/reference/dbos-class)."""

    run: RunItem | None = None
    ended: Callable[[str], None] = lambda _: None
    executor: str = ""
    claims: dict[str, Claim] = field(default_factory=dict)
    running: Counter[str] = field(default_factory=Counter)
    is_stopping: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


_PROCESS = _Process()


@DBOS.workflow(name=WORKFLOW, serialization_type=WorkflowSerializationFormat.PORTABLE)
def _do_work(item: str) -> str:
    work = str(DBOS.workflow_id)
    with _PROCESS.lock:
        _PROCESS.running[work] += 1
    try:
        return DBOS.run_step({"name": "work"}, _run, item)
    finally:
        with _PROCESS.lock:
            _PROCESS.running[work] -= 1
            _PROCESS.running += Counter()  # without what has ended
        _PROCESS.ended(work)


def _run(text: str) -> str:
    """Everything that goes wrong is a result: DBOS would raise it again at each look."""
    try:
        item = ITEM_JSON.validate_json(text)
        claim = _begin(item.id)
        try:
            result = _run_claimed(item, claim)
        finally:
            _end(claim)
    except Exception as exc:  # noqa: BLE001  # of whatever kind
        log_failure(exc, "work that was taken from a queue")
        result = failed_by(exc)
    return _bound(result)


def _run_claimed(item: WorkItem, claim: Claim) -> WorkResult:
    if _PROCESS.is_stopping:
        claim.lose("handed back")
    assert _PROCESS.run  # noqa: S101  # nothing is taken before it is set
    with waiting_as_a_build(lambda: claim.lost):
        result = STOPPED if claim.lost else _PROCESS.run(item, claim)
    if claim.lost == "handed back":
        # Whoever takes it next does all of it. What is returned here is refused from now on.
        DBOS.resume_workflow(item.id, queue_name=queue_name(item.queue))
    elif claim.lost:
        log.info("%s: %s", item.id, claim.describe_loss())
    return result


def _bound(result: WorkResult) -> str:
    """As JSON; a result that is too large for a row of the database is an error that says so."""
    text = RESULT_JSON.dump_json(result).decode()
    if len(text) <= MAX_RESULT_CHARACTERS:
        return text
    why = f"its result is {len(text):,} characters long, of {MAX_RESULT_CHARACTERS:,} at most"
    return RESULT_JSON.dump_json(WorkResult(passed=False, why=why, is_system_error=True)).decode()


def _begin(work: str) -> Claim:
    """Taken once more by this very process, after it was declared dead: the first must end."""
    found = _find_status(work)
    claim = Claim(work, _PROCESS.executor, (found and found.dequeued_at) or 0, _check_claim)
    with _PROCESS.lock:
        before = _PROCESS.claims.get(work)
        _PROCESS.claims[work] = claim
    if before:
        before.lose("taken over", claim.executor)
        before.wait_ended(MAX_CHILD_END_SECONDS)
    _judge_claim(claim, found)
    return claim


def _end(claim: Claim) -> None:
    claim.end()
    with _PROCESS.lock:
        if _PROCESS.claims.get(claim.id) is claim:
            del _PROCESS.claims[claim.id]


def _list_claims() -> list[Claim]:
    with _PROCESS.lock:
        return list(_PROCESS.claims.values())


def _check_claim(claim: Claim) -> bool:
    return _check_claims([claim])


def _check_claims(claims: Sequence[Claim]) -> bool:
    """Whether the database has all of them as ours; what is somebody else's by now is stopped."""
    found = find_statuses([claim.id for claim in claims]) if claims else {}
    judged = [_judge_claim(claim, found.get(claim.id)) for claim in claims]
    return all(judged)


def _judge_claim(claim: Claim, status: WorkflowStatus | None) -> bool:
    mine = (claim.executor, claim.taken_at)
    if status is None or status.status == "CANCELLED":
        claim.lose("cancelled")
    elif status.status != "PENDING" or (status.executor_id, status.dequeued_at or 0) != mine:
        other = status.executor_id if status.status == "PENDING" else ""
        claim.lose("taken over", other or "")
    else:
        return True
    return False


@wait_while_lost
def _find_status(work: str) -> WorkflowStatus | None:
    return find_statuses([work]).get(work)


def find_statuses(ids: Sequence[str], *, load_output: bool = False) -> dict[str, WorkflowStatus]:
    found = DBOS.list_workflows(workflow_ids=list(ids), load_input=False, load_output=load_output)
    return {status.workflow_id: status for status in found}


class DbosQueue:
    """The queues of one database, launched: this process takes from those of `queues`."""

    def __init__(self, url: str, executor: str, queues: Sequence[str]) -> None:
        self._url = url
        self._executor = executor
        self._queues = queues
        self._unstarted: dict[tuple[str, int], float] = {}

    def launch(
        self,
        limits: QueueLimits,
        run: RunItem,
        ended: Callable[[str], None],
        may_take: Callable[[], bool] = lambda: True,
    ) -> None:
        """Begin to take work, each time that it may.

        What this executor had when it was killed goes back to its queue.
        """
        _PROCESS.run, _PROCESS.executor, _PROCESS.is_stopping = run, self._executor, False
        _PROCESS.ended = ended
        try:
            self._launch(limits, may_take)
        except BaseException:
            # What failed half-way counts as launched: neither could it be tried again, nor would it
            # ever take anything.
            DBOS.destroy()
            raise

    def _launch(self, limits: QueueLimits, may_take: Callable[[], bool]) -> None:
        process = DBOS(
            config={
                "name": APPLICATION,
                "system_database_url": bound_waits(self._url),
                "executor_id": self._executor,
                "application_version": VERSION,
                "serializer": JsonSerializer(),
                "log_level": "ERROR",
                "enable_otlp": False,
                # Nothing of ours waits for an event or a message of DBOS.
                "use_listen_notify": False,
                "notification_listener_polling_interval_sec": IDLE_POLL_SECONDS,
                # Nor for a time: none of ours is scheduled.
                "scheduler_polling_interval_sec": 3600.0,
                "sys_db_pool_size": POOL_SIZE,
            }
        )
        slow_unused_loops(process)
        DBOS.listen_queues([queue_name(queue) for queue in QUEUES if queue in self._queues])
        DBOS.launch()
        take_only_if(process, may_take)
        for queue in QUEUES:
            _register(queue, limits)

    def find_states(self, ids: Sequence[str]) -> dict[str, WorkState]:
        found = find_statuses(ids, load_output=True)
        return {work: _read_state(found.get(work)) for work in ids}

    def enqueue(self, item: WorkItem) -> None:
        queue = queue_name(item.queue)
        beside = DBOS.list_workflows(**{**_UNFINISHED, "queue_name": queue})
        DBOS.enqueue_workflow_with_options(
            {
                "workflow_name": WORKFLOW,
                "queue_name": queue,
                "workflow_id": item.id,
                "priority": find_number(map(_read_place, beside), item.repo, item.priority),
                # The queue has no partitions: it is told by whose work it is.
                "queue_partition_key": item.repo,
                "app_version": VERSION,
                "serialization_type": WorkflowSerializationFormat.PORTABLE,
            },
            ITEM_JSON.dump_json(item).decode(),
        )

    def cancel(self, ids: Sequence[str]) -> None:
        if ids:
            DBOS.cancel_workflows(list(ids))
        wanted = set(ids)
        for claim in _list_claims():
            if claim.id in wanted:
                claim.lose("cancelled")

    def list_waiting(self) -> list[WorkflowStatus]:
        """What is queued or runs, without what it is."""
        return DBOS.list_workflows(**_UNFINISHED)

    def resume_all(self, executors: Collection[str]) -> list[str]:
        """Queue again what dead executors had. What they still make of it is refused."""
        found = DBOS.list_workflows(
            status="PENDING", executor_id=list(executors), load_input=False, load_output=False
        )
        resumed = [work for work in found if work.queue_name]
        for work in resumed:
            DBOS.resume_workflow(work.workflow_id, queue_name=work.queue_name)
        return [work.workflow_id for work in resumed]

    def requeue_unstarted(self) -> list[str]:
        """Queue again what is written down as done by this process, and is not, for some seconds.

        Where the connection is lost just as DBOS takes something from a queue, the database has it
        as taken, and DBOS never hears of that: nobody would do it until this process ends. The same
        holds for what DBOS took and could not begin, or whose end it could not write down.
        """
        own = {**_UNFINISHED, "status": "PENDING", "executor_id": [self._executor]}
        taken = DBOS.list_workflows(**own)
        now = time.monotonic()
        with _PROCESS.lock:
            idle = [each for each in taken if not _PROCESS.running[each.workflow_id]]
        names = {(each.workflow_id, each.dequeued_at or 0): each.queue_name for each in idle}
        self._unstarted = {name: self._unstarted.get(name, now) for name in names}
        due = [name for name, since in self._unstarted.items() if now - since >= UNSTARTED_SECONDS]
        for name in due:
            DBOS.resume_workflow(name[0], queue_name=names[name])
        return [work for work, _ in due]

    def list_claims(self) -> list[Claim]:
        """What this process does now."""
        return _list_claims()

    def check_claims(self) -> None:
        """Stop what was taken over or cancelled."""
        _check_claims(_list_claims())

    def lose_all(self, why: LostReason) -> None:
        for claim in _list_claims():
            claim.lose(why)

    def close(self) -> None:
        """Stop what runs here and give it back; the process is about to end."""
        _PROCESS.is_stopping = True
        claims = _list_claims()
        for claim in claims:
            claim.lose("handed back")
        for claim in claims:
            claim.wait_ended(MAX_CHILD_END_SECONDS)


def list_unfinished(url: str) -> list[WorkflowStatus]:
    """The same for a process that takes no work."""
    client = DBOSClient(
        system_database_url=url, application_name=APPLICATION, serializer=JsonSerializer()
    )
    try:
        return client.list_workflows(**_UNFINISHED)
    finally:
        client.destroy()


def forget_ended(url: str, before: float, wanted: Collection[str], *, dry_run: bool = False) -> int:
    """Remove work that ended before that time, in seconds since 1970; how much of it there was.

    What is `wanted` stays, as its result was not taken yet. At most `MAX_FORGOTTEN` at a time.
    """
    client = DBOSClient(
        system_database_url=url, application_name=APPLICATION, serializer=JsonSerializer()
    )
    try:
        ended = client.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED"],
            name=WORKFLOW,
            completed_before=dt.datetime.fromtimestamp(before, dt.UTC).isoformat(),
            limit=MAX_FORGOTTEN,
            load_input=False,
            load_output=False,
        )
        ids = [each.workflow_id for each in ended if each.workflow_id not in wanted]
        if ids and not dry_run:
            client.delete_workflows(ids)
        return len(ids)
    finally:
        client.destroy()


def _register(queue: QueueName, limits: QueueLimits) -> None:
    at_once = getattr(limits, queue)
    hourly = limits.plans_an_hour if queue == "plans" else 0
    DBOS.register_queue(
        queue_name(queue),
        worker_concurrency=at_once,
        limiter={"limit": hourly, "period": 3600.0} if hourly else None,
        polling_interval_sec=limits.poll / 2 if queue == "plans" else limits.poll,
        on_conflict="always_update" if limits.is_leading else "never_update",
    )


def _read_place(status: WorkflowStatus) -> Place:
    repo, number = status.queue_partition_key or "", status.priority or 0
    return Place(repo, number, is_running=status.status == "PENDING")


def _read_state(status: WorkflowStatus | None) -> WorkState:
    if status is None:
        return ABSENT
    if status.status in {"ENQUEUED", "DELAYED"}:
        return WorkState("queued")
    if status.status == "PENDING":
        return WorkState("running")
    if status.status == "SUCCESS":
        return WorkState("ended", RESULT_JSON.validate_json(str(status.output)))
    if status.status == "CANCELLED":
        return WorkState("ended", STOPPED)
    why = f"its record ended as {status.status}: {status.error}"
    return WorkState("ended", WorkResult(passed=False, why=why, is_system_error=True))
