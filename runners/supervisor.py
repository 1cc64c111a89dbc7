"""Keeps the threads of a server turning: what one raises is logged, and it goes on after a pause.

A thread of Python that raises is gone, while its process lives and seems well. Whatever is raised
is caught here, so also what libraries raise beside Exception, and a fork that the system refused.
https://docs.python.org/3.11/library/threading.html#threading.excepthook
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from bot.machine_faults import find_machine_fault
from runners.log_failure import log_failure

log = logging.getLogger("bricklayer")
FIRST_PAUSE_SECONDS = 1.0
MAX_PAUSE_SECONDS = 30.0
"""Seconds before a turn that failed is tried again: twice the last pause, and never more."""
STUCK_SECONDS = 60.0
"""Without a turn for longer than this, a loop is told as stuck."""
Clock = Callable[[], float]


@dataclass(slots=True)
class Loop:
    """One thread that takes turns. `turn` returns how many seconds to rest before the next."""

    name: str
    turn: Callable[[], float]
    clock: Clock = time.monotonic
    failed: Callable[[BaseException], None] = lambda _exc: None
    _turned_at: float = 0.0
    _is_resting: bool = False
    _failure: str = ""
    _pause: float = FIRST_PAUSE_SECONDS
    _stopped: threading.Event = field(default_factory=threading.Event)
    _nudged: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._turned_at = self.clock()
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()

    def nudge(self) -> None:
        """Have the next turn taken now, or once more if one is being taken.

        After a failure it waits nevertheless: else what is down would be tried at each nudge.
        """
        self._nudged.set()

    def beat(self) -> None:
        """A long turn is getting on."""
        self._turned_at = self.clock()

    def stop(self) -> None:
        """No turn is begun any more; `join` waits for the one that is being taken."""
        self._stopped.set()
        self._nudged.set()

    def join(self, seconds: float | None = None) -> None:
        thread = self._thread
        if thread and thread is not threading.current_thread():
            thread.join(seconds)

    def describe_fault(self) -> str:
        """Since when it has not turned, and why, where that is too long ago; else empty."""
        if self._stopped.is_set() or not self._thread:
            return ""
        if not self._thread.is_alive():
            return f"{self.name}: its thread has ended"
        late = self.clock() - self._turned_at
        if self._is_resting or late <= STUCK_SECONDS:
            return ""
        why = f": {self._failure}" if self._failure else ""
        return f"{self.name}: it has not turned for {late:.0f} seconds{why}"

    def measure_age(self) -> float | None:
        """Seconds since its last turn, or since its rest ended; None where it does not turn."""
        is_over = self._stopped.is_set() or not self._thread
        return None if is_over else self.clock() - self._turned_at

    def _run(self) -> None:
        while True:
            self._nudged.clear()
            # After the clearing, so that the nudge of `stop` is either seen here or ends the rest.
            if self._stopped.is_set():
                return
            rest = self._take_turn()
            if self._failure:
                self._stopped.wait(rest)
                continue
            self._is_resting = True
            self._nudged.wait(rest)
            self.beat()  # a rest is no delay: it counts from its end
            self._is_resting = False

    def _take_turn(self) -> float:
        """How long to rest now."""
        try:
            rest = self.turn()
        except BaseException as exc:  # noqa: BLE001  # the boundary of a thread: see above
            fault = find_machine_fault(exc)
            # Without names and addresses: whoever reaches the server may ask for it.
            self._failure = fault.what if fault else type(exc).__name__
            pause, self._pause = self._pause, min(self._pause * 2, MAX_PAUSE_SECONDS)
            with suppress(Exception):  # the log's disk may be full
                log_failure(exc, f"{self.name}: tried again in {pause:.0f} s")
            with suppress(Exception):
                self.failed(exc)
            return pause
        self._failure, self._pause = "", FIRST_PAUSE_SECONDS
        self.beat()
        return rest


class Supervisor:
    """The loops of one server, by their names. `failed` is given what a turn raised."""

    def __init__(
        self,
        clock: Clock = time.monotonic,
        failed: Callable[[BaseException], None] = lambda _exc: None,
    ) -> None:
        self._clock = clock
        self._failed = failed
        self._loops: dict[str, Loop] = {}
        self._lock = threading.Lock()

    def add(self, name: str, turn: Callable[[], float]) -> Loop:
        """Not started yet. One of the same name that was there before must be stopped."""
        loop = Loop(name, turn, self._clock, self._failed)
        with self._lock:
            self._loops[name] = loop
        return loop

    def find_faults(self) -> list[str]:
        """A line for each loop that has not turned for too long."""
        return list(filter(None, (loop.describe_fault() for loop in self._list())))

    def find_stuck(self) -> list[str]:
        """The names of those that have not turned for too long."""
        return [loop.name for loop in self._list() if loop.describe_fault()]

    def measure_ages(self) -> dict[str, float]:
        """Of each loop that turns: see `Loop.measure_age`."""
        ages = ((loop.name, loop.measure_age()) for loop in self._list())
        return {name: age for name, age in ages if age is not None}

    def _list(self) -> Iterator[Loop]:
        with self._lock:
            loops = list(self._loops.values())
        yield from loops
