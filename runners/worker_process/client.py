"""The parent's side of a worker process: gives it work, reads its messages, stops it."""

import logging
import os
import subprocess
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bot.end_processes import terminate_tree
from bot.json_lines import JsonLineReader, LineTooLongError
from bot.logs.fields import find_log_fields
from bot.logs.formats import read_message
from runners.progress import ProgressEvent
from runners.worker_process.main import REQUEST_JSON, RESULT_JSON, WorkRequest, WorkResult
from runners.worker_process.standby import StartedWorker, start_worker

log = logging.getLogger("bricklayer")
STOPPED = WorkResult(passed=False, why="stopped", stopped=True)
EXIT_BY_SIGTERM = 143
"""Of `runners.worker_process.main`, which ends what it began before it ends."""
MAX_LOG_TAIL_BYTES = 4000
MAX_LOG_BYTES, KEPT_LOG_BYTES = 4 << 20, 1 << 20
"""Beyond the first, all but the last of it goes before the next work begins."""


class WorkerProcess:
    """One piece of work in a process of its own. `run_work` is called once, `stop` any time."""

    def __init__(
        self,
        work: WorkRequest,
        report: Callable[[ProgressEvent], None],
        log: Path,
        started: StartedWorker | None = None,
    ) -> None:
        """`started` is a process that waits for its work; without one, it is started then."""
        self._standby = started
        self._work = work
        self._report = report
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Safe from any thread, before it is started, twice and after its end."""
        self._stopped.set()
        self._end_process()

    def _end_process(self) -> None:
        if self._process:
            terminate_tree(self._process.pid)

    def run_work(self) -> WorkResult:
        """Run it to its end. A process that dies without a result is a system error of its own."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        shorten_log(self._log)
        work = replace(self._work, log=str(self._log), log_fields=find_log_fields())
        request = REQUEST_JSON.dump_json(work)
        with self._log.open("ab") as log:
            started = self._standby or start_worker(self._work.settings, log_file=log)
        self._process = started.process
        # `stop` may have been called while there was no process yet for it to end.
        if self._stopped.is_set():
            self.stop()
        with os.fdopen(started.pipe, "rb", buffering=0) as pipe:
            # Written by a thread of its own: a child that fills its pipe before it has read all of
            # its input would wait for us as we wait for it.
            # https://docs.python.org/3.11/library/subprocess.html#subprocess.Popen.stdin
            writing = threading.Thread(
                target=_write_request, args=(self._process, request), daemon=True
            )
            writing.start()
            try:
                result = self._read(JsonLineReader(pipe.fileno()))
            except BaseException:
                # Nobody would hear it any more, and it would go on beside whoever takes it up next.
                self._end_process()
                raise
            self._process.wait()
        if result:
            return result
        return STOPPED if self._stopped.is_set() else self._died(self._process.returncode)

    def _read(self, reader: JsonLineReader) -> WorkResult | None:
        """The result, None where there is none; the work's own limits bound how long it takes."""
        try:
            while (message := reader.read()) is not None:
                if "end" in message:
                    return RESULT_JSON.validate_python(message["end"])
                self._report(ProgressEvent(**{**message["told"], "row": None}))
        except (LineTooLongError, ValueError):
            log.exception("what a worker process wrote cannot be read")
            self._end_process()
        return None

    def _died(self, code: int) -> WorkResult:
        log_end = self._log.read_bytes()[-MAX_LOG_TAIL_BYTES:].decode(errors="replace").strip()
        message = read_message(log_end.splitlines()[-1]) if log_end else "no output"
        why = f"its process died (exit {code}): {message}"
        # By a signal: the kernel when memory is short, or a daemon that is to keep it from that.
        # https://docs.python.org/3.11/library/subprocess.html#subprocess.Popen.returncode
        killed = code < 0 or code == EXIT_BY_SIGTERM
        return WorkResult(passed=False, why=why, is_system_error=True, killed=killed)


def shorten_log(log: Path) -> None:
    """Keep its end: what a model's libraries print in a year of rounds has no bound."""
    if not log.exists() or log.stat().st_size <= MAX_LOG_BYTES:
        return
    with log.open("rb") as file:
        file.seek(-KEPT_LOG_BYTES, os.SEEK_END)
        kept = file.read()
    # From the first whole line on. Whoever still writes to the old file, of a killed run say, is
    # not read any more.
    half = log.with_name(f".{log.name}.part")
    half.unlink(missing_ok=True)
    half.touch(0o600)
    half.write_bytes(kept.partition(b"\n")[2] or kept)
    half.replace(log)


def _write_request(process: "subprocess.Popen[bytes]", request: bytes) -> None:
    if process.stdin:
        try:
            with process.stdin as pipe:
                pipe.write(request)
        except BrokenPipeError:
            # It died before it had read all of it: the exit code tells.
            return
