"""Has each model reflect on its tasks once all of them are over, beside the checks of the end.

So no task waits for it, and its lane is free of other questions. It is no part of the story:
nothing is decided by it, and a kill may lose it. What has not come soon after the job's end is
dropped.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.machine_faults import find_machine_fault
from runners.build.ask_reflection import ask_reflection, find_author, was_asked
from runners.build.task_run import TaskRun
from runners.cancellation import Cancellation

log = logging.getLogger("bricklayer")
PATIENCE_SECONDS = 20.0
"""How long a job that is over waits for what its models have to say."""
CUT_SECONDS = 2.0
"""Until a request that was cut off has ended, and what it took is entered."""
OVER = "the job is over"


@dataclass(slots=True)
class Reflections:
    """The tasks of one run, each as it was tried last. Safe for many threads."""

    patience: float = PATIENCE_SECONDS
    _runs: dict[str, TaskRun] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, run: TaskRun) -> None:
        """A task is over, for now."""
        if find_author(run):
            with self._lock:
                self._runs[run.task.id] = run

    @contextmanager
    def asked_beside(self, *, wanted: bool) -> Iterator[None]:
        """Ask while the block runs, and a little longer."""
        over = threading.Event()
        threads = self._start(over) if wanted else []
        try:
            yield
            _join(threads, self.patience)
        finally:
            over.set()
            _join(threads, CUT_SECONDS)

    def _start(self, over: threading.Event) -> list[threading.Thread]:
        """A thread for each lane: its models are loaded there, and answer one at a time."""
        with self._lock:
            runs = list(self._runs.values())
        lanes = dict.fromkeys(run.lane.lane.name for run in runs)
        threads = [
            # A daemon: one that is never answered keeps no process alive.
            # https://docs.python.org/3.11/library/threading.html#thread-objects
            threading.Thread(
                target=_ask_each,
                args=([run for run in runs if run.lane.lane.name == name], over),
                name=f"reflections-{name}",
                daemon=True,
            )
            for name in lanes
        ]
        for thread in threads:
            thread.start()
        return threads


def _join(threads: Sequence[threading.Thread], seconds: float) -> None:
    until = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))


def _ask_each(runs: Sequence[TaskRun], over: threading.Event) -> None:
    cancellation = Cancellation(lambda: OVER if over.is_set() else "")
    for at, run in enumerate(runs):
        if over.is_set():
            left = ", ".join(each.task.id for each in runs[at:])
            log.info("not asked what surprised them: %s: %s", left, OVER)
            return
        try:
            if not was_asked(run):
                ask_reflection(run, cancellation)
        # The boundary of what nothing depends on: a full disk, a cap, a server that is down.
        except Exception as exc:  # noqa: BLE001
            why = find_machine_fault(exc) or f"{type(exc).__name__}: {exc}"
            log.warning("%s: not asked what surprised it: %s", run.task.id, why)
