"""Sends traces of runs that have ended, in a thread of its own: no job waits for a collector."""

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from bot.config.machine import Settings, find_settings_file, state_dir
from bot.errors import UserError
from runners.journal import JOURNAL, read_journal
from runners.supervisor import Loop, Supervisor
from runners.traces.spans import Trace, build_trace

INSTALL = "uv tool install --reinstall '.[otel]'"
MAX_WAITING = 100
"""Runs whose traces are still to be sent; of more the oldest are left out."""
AGAIN_SECONDS = 60.0
"""Until a collector that does not take traces is tried again."""
IDLE_SECONDS = 30.0
log = logging.getLogger("bricklayer")
RunEnded = Callable[[str, Mapping[str, int]], None]
"""Told the id of a job that was built here, and of each of its tasks the number of its phase."""


class Exporter(Protocol):
    def send(self, trace: Trace, beat: Callable[[], None], /) -> bool: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class TraceSender:
    """`start` and `stop` once each; `note_end` any time, from any thread.

    Without an `open_exporter` traces are off, and nothing is done.
    """

    jobs: Path
    open_exporter: Callable[[], Exporter] | None
    waiting: deque[tuple[str, Mapping[str, int]]] = field(
        default_factory=lambda: deque(maxlen=MAX_WAITING)
    )
    _exporter: Exporter | None = None
    _loop: Loop | None = None
    _is_told: bool = False

    def start(self, supervisor: Supervisor) -> None:
        if self.open_exporter:
            self._loop = supervisor.add("traces", self.send_waiting)
            self._loop.start()

    def stop(self) -> None:
        """What is still to be sent is left: no end of a server waits for a collector."""
        if self._loop:
            self._loop.stop()
        if self._exporter:
            self._exporter.close()

    def note_end(self, job: str, phases: Mapping[str, int]) -> None:
        if self.open_exporter:
            self.waiting.append((job, phases))
        if self._loop:
            self._loop.nudge()

    def send_waiting(self) -> float:
        """Seconds until the next look."""
        assert self.open_exporter  # noqa: S101  # else there is no loop
        self._exporter = self._exporter or self.open_exporter()
        for _ in range(len(self.waiting)):
            job, phases = self.waiting.popleft()
            trace = self._build(job, phases)
            if trace and not self._exporter.send(trace, self._beat):
                self.waiting.append((job, phases))
                self._tell()
                return AGAIN_SECONDS
            self._is_told = self._is_told and trace is None
        return IDLE_SECONDS

    def _beat(self) -> None:
        if self._loop:
            self._loop.beat()

    def _build(self, job: str, phases: Mapping[str, int]) -> Trace | None:
        """None where there is nothing to send: it was stopped, and goes on later."""
        path = self.jobs / job / JOURNAL
        try:
            return build_trace(read_journal(path, path.stat().st_size), phases)
        except FileNotFoundError:
            return None

    def _tell(self) -> None:
        if not self._is_told:
            self._is_told = True
            log.warning("traces are not taken by the collector: they are tried again each minute")


def open_sender(settings: Settings) -> TraceSender:
    """Raises UserError where traces are on, and what they need is not installed."""
    jobs = state_dir(settings) / "jobs"
    if not settings.signals.traces:
        return TraceSender(jobs, None)
    if not is_installed():
        hint = f"In a clone of Bricklayer, run {INSTALL}; or set `traces = false`."
        what = "[signals] traces needs the packages opentelemetry-sdk and its exporter"
        raise UserError(what, where=str(find_settings_file()), hint=hint)

    def open_exporter() -> Exporter:
        from runners.traces.export import TraceExporter  # noqa: PLC0415  # of an extra

        return TraceExporter()

    return TraceSender(jobs, open_exporter)


def is_installed() -> bool:
    try:
        return find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    except ModuleNotFoundError:  # of a package above it
        return False
