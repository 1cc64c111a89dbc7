"""Work that this process has taken from a queue, and whether it is still its own."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

LostReason = Literal["", "cancelled", "taken over", "handed back", "halted"]


class WorkLostError(Exception):
    """Nothing is pushed for the work any more. `taken_over`: another goes on with it."""

    def __init__(self, what: str, *, taken_over: bool) -> None:
        super().__init__(what)
        self.taken_over = taken_over


class Stoppable(Protocol):
    """A child process, or the stand-in of one."""

    def stop(self) -> None: ...


@dataclass(slots=True)
class Claim:
    """`taken_at` tells this taking from an earlier or later one, by the database's clock.

    `lost` is why it is not to go on here, `by` who has it now. Whoever starts a child for it gives
    that to `attach`, so that it is stopped as soon as the work is lost. `folder` is of the job that
    is built, once that is known: what is under way stands there.
    """

    id: str
    executor: str
    taken_at: int
    check: Callable[["Claim"], bool] = lambda _: True
    lost: LostReason = ""
    by: str = ""
    folder: Path | None = None
    _child: Stoppable | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ended: threading.Event = field(default_factory=threading.Event)
    _lost: threading.Event = field(default_factory=threading.Event)

    def attach(self, child: Stoppable | None) -> None:
        with self._lock:
            self._child = child
            is_lost = bool(self.lost)
        if child and is_lost:
            child.stop()

    def lose(self, why: LostReason, by: str = "") -> None:
        """Stop what runs for it; safe from any thread, and twice."""
        with self._lock:
            if self.lost and self.lost != "halted":
                return
            self.lost, self.by = why, by
            child = self._child
        self._lost.set()
        if child:
            child.stop()

    def wait_lost(self, seconds: float) -> bool:
        """Whether it is lost by then."""
        return self._lost.wait(seconds)

    def resume(self) -> bool:
        """Whether it may begin again after a halt."""
        with self._lock:
            if self.lost == "halted":
                self.lost = ""
                self._lost.clear()
            return not self.lost

    def is_mine(self) -> bool:
        """Ask the database; what is found lost is stopped."""
        return not self.lost and self.check(self)

    def require_mine(self) -> None:
        """Before each push: raises WorkLostError where the database says that it is not ours.

        What is handed back or halted is ours until that is written down, and is pushed.
        """
        if not self.check(self):
            raise WorkLostError(self.describe_loss(), taken_over=self.lost == "taken over")

    def describe_loss(self) -> str:
        """What has become of it, in the words of a log."""
        if self.lost == "taken over":
            return f"taken over by {self.by or 'another worker'}"
        return self.lost or "no longer this worker's"

    def end(self) -> None:
        self._ended.set()

    def wait_ended(self, seconds: float) -> bool:
        return self._ended.wait(seconds)
