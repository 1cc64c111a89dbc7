"""The worker of this process: takes work from the queues, tells that it lives, knows who does not.

DBOS is imported by the thread that launches it: a server listens before that has ended.
"""

import logging
import os
import platform
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from bot.storage.database import import_mappers
from bot.storage.lost_connection import tell_farewell
from bot.storage.workers import HEARTBEAT_SECONDS, WorkerFacts, WorkerStore
from runners.queues.activity import format_activity
from runners.queues.claim import Claim
from runners.queues.server_watch import ServerWatch
from runners.queues.states import QueueLimits, WorkState
from runners.queues.work_item import QUEUES, QueueName, WorkItem, queue_of, ticket_of
from runners.supervisor import Loop, Supervisor
from runners.worker_process.main import WorkResult
from runners.worker_process.standby import StandbyWorker

if TYPE_CHECKING:
    from runners.queues.dbos_queue import DbosQueue

log = logging.getLogger("bricklayer")
LAUNCH_SECONDS = 60.0
"""How long whoever asks for work waits for the launch; then the ticket asks again later."""
CHECK_SECONDS = 1.0
"""Between two looks at who has died, and whether this machine is halted."""
TURNS_BETWEEN_SEARCHES = 60
"""Looks between two searches for work of workers that have no row at all."""
TURNS_BETWEEN_LOOKS_ALONE = 5
"""Looks between two at who has died, where one machine has the database for itself: whoever had it
before may have had another state folder, and so another name."""
NOTICE_SECONDS, NOTICE_TRIES = 0.05, 100
"""Between two looks whether the end of what was done here is recorded, and how many."""
IDLE_SECONDS = 30.0


@dataclass(slots=True)
class QueueWorker:
    """`start` and `close` once each. `run` does the work, `wake` is told whose work ended.

    `find_refusal` is why nothing is taken now, empty where something is.
    """

    url: str
    facts: WorkerFacts
    store: WorkerStore
    folder: Path
    limits: QueueLimits
    run: Callable[[WorkItem, Claim], WorkResult]
    wake: Callable[[str], None] = lambda _key: None
    is_halted: Callable[[], bool] = lambda: False
    find_refusal: Callable[[], str] = lambda: ""
    standby: StandbyWorker | None = None
    servers: ServerWatch | None = None
    _queue: "DbosQueue | None" = None
    _ready: threading.Event = field(default_factory=threading.Event)
    _wanted: threading.Event = field(default_factory=threading.Event)
    _ended: dict[str, int] = field(default_factory=dict)
    _refusals: Mapping[QueueName, str] = field(default_factory=dict)
    _loops: list[Loop] = field(default_factory=list)
    _turns: int = 0
    _beaten_at: float = 0.0

    @property
    def is_shared(self) -> bool:
        return not self.url.startswith("sqlite")

    def start(self, supervisor: Supervisor) -> None:
        import_mappers()
        self._loops = [
            supervisor.add("queues", self._keep_alive),
            supervisor.add("standby", self._prepare_standby),
            supervisor.add("ends of work", self._notice_ends),
        ]
        if self.servers:
            # Apart from the heartbeats: a slow server must not seem a death.
            self._loops.insert(1, supervisor.add("model servers", self.servers.look))
        for loop in self._loops:
            loop.start()

    def close(self) -> None:
        """What runs is stopped and given back, for whoever takes it next."""
        if self.standby:
            # First: its processes end with the thread that started them.
            self.standby.close()
        for loop in self._loops:
            loop.stop()
        if self._queue:
            self._queue.close()
        tell_farewell(lambda: self.store.end(self.facts.executor))

    def find_states(self, ids: Sequence[str]) -> Mapping[str, WorkState]:
        """Before the launch all of it counts as queued: it is asked for again later."""
        queue = self._launched()
        if not queue:
            return {work: WorkState("queued") for work in ids}
        states = queue.find_states(ids)
        return {work: self._note_refusal(work, state) for work, state in states.items()}

    def _note_refusal(self, work: str, state: WorkState) -> WorkState:
        why = self._refusals.get(queue_of(work), "") if state.phase == "queued" else ""
        return replace(state, refused=why) if why else state

    @property
    def is_at_work(self) -> bool:
        return bool(self._queue and self._queue.list_claims())

    def enqueue(self, item: WorkItem) -> None:
        if queue := self._launched():
            queue.enqueue(item)

    def cancel(self, ids: Sequence[str]) -> None:
        if queue := self._launched():
            queue.cancel(ids)

    def _launched(self) -> "DbosQueue | None":
        if not self._ready.is_set() and self._loops:
            self._wanted.set()
            self._loops[0].nudge()
            self._ready.wait(LAUNCH_SECONDS)
        return self._queue

    def _keep_alive(self) -> float:
        """Launch, once that is wanted; heartbeats before and after."""
        if self._queue:
            self._turn(self._queue)
        elif self.is_shared or self._wanted.is_set():
            self._launch()
        elif self._is_beat_due():
            self._beat(None)
        return CHECK_SECONDS

    def _prepare_standby(self) -> float:
        """Apart from the heartbeats: a fork that the machine refuses must not seem a death."""
        if self.standby:
            self.standby.prepare()
        return CHECK_SECONDS

    def _launch(self) -> None:
        """Who alone has the database needs it for the first work only: each look for some costs."""
        # 0.7 s of imports, and none of it is needed to hear a webhook.
        from runners.queues.dbos_queue import DbosQueue  # noqa: PLC0415

        # Known to live before it takes anything: else what it takes would be taken from it.
        self.store.beat(self._describe(None), is_first=True)
        queue = DbosQueue(self.url, self.facts.executor, self.facts.queues)
        queue.launch(self.limits, self.run, self._note_end, self._may_take)
        self._queue = queue
        self._ready.set()

    def _may_take(self) -> bool:
        return not (self.is_halted() or self.find_refusal())

    def _turn(self, queue: "DbosQueue") -> None:
        """Tell that it lives, see what is no longer its own, take over from those who are dead."""
        if self.is_halted():
            queue.lose_all("halted")
        if self._is_beat_due():
            self._beat(queue)
        self._turns += 1
        unknown: set[str] = set()
        if self._turns % TURNS_BETWEEN_SEARCHES == 1:
            known = {row.facts.executor for row in self.store.list_workers()}
            unknown = {w.executor_id for w in queue.list_waiting() if w.executor_id} - known
        if not (self.is_shared or unknown) and self._turns % TURNS_BETWEEN_LOOKS_ALONE:
            return
        for dead in self.store.declare_dead(unknown, but=self.facts.executor):
            resumed = queue.resume_all([dead])
            self.store.settle(dead)
            log.warning("worker %s is dead; queued again: %s", dead, ", ".join(resumed) or "none")

    def _is_beat_due(self) -> bool:
        """By the monotonic clock, which goes on while this machine is frozen: then at once."""
        return time.monotonic() - self._beaten_at >= HEARTBEAT_SECONDS

    def _beat(self, queue: "DbosQueue | None") -> None:
        is_first, self._beaten_at = not self._beaten_at, time.monotonic()
        if not self.store.beat(self._describe(queue), is_first=is_first):
            log.warning(
                "this worker was silent for too long: its work is free for any worker to take"
            )
        if queue:
            queue.check_claims()
            if requeued := queue.requeue_unstarted():
                log.warning("taken and never begun; queued again: %s", ", ".join(requeued))
            self._refusals = {name: self.store.find_refusal(name) for name in QUEUES}

    def _describe(self, queue: "DbosQueue | None") -> WorkerFacts:
        claims = queue.list_claims() if queue else []
        folders = {ticket_of(c.id): c.folder for c in claims if c.folder}
        return replace(
            self.facts,
            running=tuple(claim.id for claim in claims),
            disk_free=shutil.disk_usage(self.folder).free,
            activity=format_activity(folders, self.servers.states if self.servers else ()),
            refuses=self.find_refusal(),
        )

    def _note_end(self, work: str) -> None:
        self._ended[work] = NOTICE_TRIES
        self._loops[-1].nudge()

    def _notice_ends(self) -> float:
        """Wake the ticket of what ended here once that is written down, which is done after us."""
        states = self.find_states(list(self._ended)) if self._ended else {}
        for work, state in states.items():
            self._ended[work] -= 1
            if not state.is_pending or not self._ended[work]:
                del self._ended[work]
                self.wake(ticket_of(work))
        return NOTICE_SECONDS if self._ended else IDLE_SECONDS


def name_executor(folder: Path) -> str:
    """This machine's name as a worker, the same after a restart from the same state folder.

    A copied folder on another host is another worker.
    """
    host, file = platform.node() or "a-host", folder / "executor"
    known = file.read_text(encoding="utf-8").split() if file.exists() else []
    if len(known) == 2 and known[0] == host:  # noqa: PLR2004
        return "-".join(known)
    new = (host, secrets.token_hex(4))
    file.write_text(" ".join(new), encoding="utf-8")
    return "-".join(new)


def describe_worker(folder: Path, lanes: int, queues: Sequence[str]) -> WorkerFacts:
    host, release = platform.node(), version("bricklayer-bot")
    return WorkerFacts(name_executor(folder), host, os.getpid(), lanes, release, tuple(queues))
