"""The other end of `runners/worker_process/main.py`: start it, hear what it tells, stop it."""

import json
import os
import subprocess
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.processes import terminate_tree
from runners.progress import ProgressEvent
from runners.worker_process.main import OUTCOME, WORK, WorkRequest, WorkResult
from runners.worker_process.standby import StartedWorker, start_worker

STOPPED = WorkResult(passed=False, why="stopped", stopped=True)
_LAST_WORDS = 4000


class WorkerProcess:
    """One piece of work in a process of its own. Nothing else may be asked of it twice."""

    def __init__(
        self,
        work: WorkRequest,
        tell: Callable[[ProgressEvent], None],
        log: Path,
        begun: StartedWorker | None = None,
    ) -> None:
        """`begun` is a process that waits for its work; without one, it is begun then."""
        self._begun = begun
        self._work = work
        self._tell = tell
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Safe from any thread, before it is started, twice and after its end."""
        self._stopped.set()
        if self._process:
            terminate_tree(self._process.pid)

    def run_work(self) -> WorkResult:
        """Run it to its end. One that died without a word is a fault of ours, with its last."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        given = WORK.dump_json(replace(self._work, log=str(self._log)))
        with self._log.open("ab") as log:
            begun = self._begun or start_worker(self._work.settings, said=log)
        self._process = begun.process
        if self._stopped.is_set():
            self.stop()
        with os.fdopen(begun.pipe, encoding="utf-8") as pipe:
            threading.Thread(target=_feed, args=(self._process, given), daemon=True).start()
            end = self._read(pipe)
            self._process.wait()
        if end:
            return end
        return STOPPED if self._stopped.is_set() else self._died(self._process.returncode)

    def _read(self, pipe: Any) -> WorkResult | None:  # noqa: ANN401  # a text file
        end = None
        for line in pipe:
            said = json.loads(line)
            if "end" in said:
                end = OUTCOME.validate_python(said["end"])
            else:
                self._tell(ProgressEvent(**{**said["told"], "row": None}))
        return end

    def _died(self, code: int) -> WorkResult:
        last = self._log.read_bytes()[-_LAST_WORDS:].decode(errors="replace").strip()
        said = last.splitlines()[-1] if last else "no output"
        return WorkResult(passed=False, why=f"its process died (exit {code}): {said}", ours=True)


def _feed(process: "subprocess.Popen[bytes]", given: bytes) -> None:
    if process.stdin:
        try:
            with process.stdin as pipe:
                pipe.write(given)
        except BrokenPipeError:
            return  # it died before it read all: its end says so
