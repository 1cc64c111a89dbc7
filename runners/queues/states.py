"""What became of a piece of work, as the loop that asked for it sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from runners.queues.work_item import WorkItem
from runners.worker_process.main import WorkResult

WorkPhase = Literal["absent", "queued", "running", "ended"]


@dataclass(frozen=True, slots=True)
class WorkState:
    """`result` is there once it has ended.

    `refused` is why nobody takes it now, where it is queued and those who would have no room.
    """

    phase: WorkPhase
    result: WorkResult | None = None
    refused: str = ""

    @property
    def is_pending(self) -> bool:
        return self.phase in {"queued", "running"}


ABSENT = WorkState("absent")


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """How much one worker does at once of each queue; `plans_an_hour` is of all workers, 0: any.

    `poll` is in seconds: each look at an empty queue is some statements, and nobody waits for one
    second more of a build.

    `is_leading`: these are written down, and count for every worker.
    """

    builds: int = 1
    plans: int = 2
    plans_an_hour: int = 0
    poll: float = 2.0
    is_leading: bool = True


class WorkQueue(Protocol):
    """What the loop asks of the queues. `is_shared`: other machines may take from them."""

    @property
    def is_shared(self) -> bool: ...

    def find_states(self, ids: Sequence[str]) -> Mapping[str, WorkState]:
        """Of each id; absent for one that is not known."""

    def enqueue(self, item: WorkItem) -> None:
        """Twice the same changes nothing."""

    def cancel(self, ids: Sequence[str]) -> None:
        """What has ended stays as it is."""
