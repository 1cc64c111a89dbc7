"""The parent's side of the process that does a lane's replays: gives it work, stops it."""

import os
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from bot.config.machine import Settings
from bot.end_processes import terminate_tree
from bot.json_lines import JsonLineReader, LineTooLongError
from runners.progress import ProgressEvent
from runners.worker_process.client import STOPPED, shorten_log
from runners.worker_process.main import REQUEST_JSON, RESULT_JSON, WorkRequest, WorkResult
from runners.worker_process.standby import StartedWorker, start_worker

MODULE = "runners.evaluation.replay_process"


class ReplayProcess:
    """For one thread, which lives as long as the process; `stop` may be called from any.

    `kinds` are those of hosted models that will be asked.
    """

    def __init__(self, settings: Settings, log: Path, kinds: Sequence[str] = ()) -> None:
        self._settings = settings
        self._log = log
        self._kinds = tuple(kinds)
        self._started: StartedWorker | None = None
        self._reader: JsonLineReader | None = None
        self._stopped = threading.Event()

    def run_work(
        self, work: WorkRequest, report: Callable[[ProgressEvent], None] = lambda _: None
    ) -> WorkResult:
        """To its end. Where the process dies, the next work has a new one."""
        if self._stopped.is_set():
            return STOPPED
        started = self._started or self._start()
        # `stop` may have been called while there was no process yet for it to end.
        if self._stopped.is_set():
            self._end(started.process)
        line = REQUEST_JSON.dump_json(replace(work, log=str(self._log))) + b"\n"
        try:
            if started.process.stdin:
                started.process.stdin.write(line)
                started.process.stdin.flush()
            result = self._read(report)
        except BrokenPipeError:
            result = None
        if result:
            return result
        code = self._forget()
        if self._stopped.is_set():
            return STOPPED
        why = f"the process of the replays died (exit {code}); see {self._log}"
        return WorkResult(passed=False, why=why, is_system_error=True, killed=code < 0)

    def stop(self) -> None:
        """Safe twice, and before anything was begun."""
        self._stopped.set()
        if started := self._started:
            self._end(started.process)

    def close(self) -> None:
        if self._started:
            self._forget()

    def _start(self) -> StartedWorker:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        shorten_log(self._log)
        with self._log.open("ab") as log:
            self._started = start_worker(self._settings, *self._kinds, log_file=log, module=MODULE)
        self._reader = JsonLineReader(self._started.pipe)
        return self._started

    def _read(self, report: Callable[[ProgressEvent], None]) -> WorkResult | None:
        while self._reader:
            try:
                message = self._reader.read()
            except LineTooLongError:
                return None
            except ValueError:
                continue  # half a line of a replay that died; how it ended is told in the next
            if message is None:
                return None
            if "end" in message:
                return RESULT_JSON.validate_python(message["end"])
            report(ProgressEvent(**{**message["told"], "row": None}))
        return None

    def _forget(self) -> int:
        """End the process, and give its exit code."""
        started, self._started, self._reader = self._started, None, None
        if started is None:
            return 0
        self._end(started.process)
        code = started.process.wait()
        os.close(started.pipe)
        return code

    def _end(self, process: "subprocess.Popen[bytes]") -> None:
        if process.poll() is None:
            terminate_tree(process.pid)
