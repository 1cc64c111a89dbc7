"""A queue from which nobody takes: what is asked for waits, until a test says how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from runners.queues.states import ABSENT, WorkState
from runners.queues.work_item import WorkItem
from runners.worker_process.client import STOPPED
from runners.worker_process.main import WorkResult


@dataclass
class HeldQueue:
    """`items` are in the order in which they were asked for; `cancelled` are ids."""

    is_shared: bool = False
    items: dict[str, WorkItem] = field(default_factory=dict)
    states: dict[str, WorkState] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)
    reads: int = 0

    def find_states(self, ids: Sequence[str]) -> dict[str, WorkState]:
        self.reads += 1
        return {work: self.states.get(work, ABSENT) for work in ids}

    def enqueue(self, item: WorkItem) -> None:
        self.items.setdefault(item.id, item)
        self.states.setdefault(item.id, WorkState("queued"))

    def cancel(self, ids: Sequence[str]) -> None:
        for work in ids:
            self.cancelled.append(work)
            if self.states.get(work, ABSENT).is_pending:
                self.states[work] = WorkState("ended", STOPPED)

    def end(self, result: WorkResult) -> WorkItem:
        """The newest that waits has this result now."""
        work = next(w for w in reversed(self.items) if self.states[w].is_pending)
        self.states[work] = WorkState("ended", result)
        return self.items[work]
