"""Many files read by every core: each process fetches its own part from git.

Processes of our own, not a pool of `multiprocessing`: that imports the caller's main module again
(https://docs.python.org/3.11/library/multiprocessing.html#the-spawn-and-forkserver-start-methods),
and a whole `concurrent.futures` pool is broken when one of its processes dies.
"""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import wait
from pathlib import Path
from typing import IO, Any, cast

from bot.git.repo import Repo
from bot.json_lines import JsonLineReader, LineTooLongError
from bot.repo_map.entry_kinds import EntryKind
from bot.repo_map.files import Source

ROOT = Path(__file__).parents[2]
log = logging.getLogger(__name__)
Rows = list[tuple[str, str]]


class Worker:
    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._into = cast("IO[bytes]", process.stdin)
        self.out = cast("IO[bytes]", process.stdout)
        self._reader = JsonLineReader(self.out.fileno())

    def send_run(self, run: Sequence[Source]) -> bool:
        """False where the process has ended."""
        request = json.dumps([(source.key, source.sha, source.path) for source in run])
        try:
            self._into.write(request.encode() + b"\n")
            self._into.flush()
        except OSError:
            return False
        return True

    def receive_rows(self) -> Rows | None:
        """What the last run held; None where the process died at it."""
        try:
            rows = self._reader.read()
        except LineTooLongError as exc:
            log.warning("a process that reads files: %s", exc)
            return None
        return None if rows is None else [(key, text) for key, text in rows]


def read_in_processes(
    repo: Repo, kind: EntryKind[Any], runs: Sequence[Sequence[Source]], cores: int = 0
) -> Iterator[Rows]:
    """What each run of files held, by key, as it comes.

    The run a process died at is left out: the caller reads what is missing by itself.
    """
    todo = iter(runs)
    cores = min(cores or len(os.sched_getaffinity(0)), len(runs))
    with ExitStack() as ends:
        workers = _start_workers(repo, kind, cores, ends)
        busy = {worker.out.fileno(): worker for worker in workers if _send_next(worker, todo)}
        while busy:
            for out in wait(list(busy)):
                worker = busy.pop(cast("int", out))
                rows = worker.receive_rows()
                if rows is None:
                    log.warning("a process that read files died; they are read without it")
                    continue
                if _send_next(worker, todo):
                    busy[worker.out.fileno()] = worker
                yield rows


def _start_workers(repo: Repo, kind: EntryKind[Any], cores: int, ends: ExitStack) -> list[Worker]:
    """As many of them as the machine lets us have."""
    try:
        return [ends.enter_context(_worker_process(repo, kind)) for _ in range(cores)]
    except OSError as exc:
        log.warning("no process to read files in: %s; they are read without it", exc)
        return []


def _send_next(worker: Worker, todo: Iterator[Sequence[Source]]) -> bool:
    run = next(todo, None)
    return run is not None and worker.send_run(run)


@contextmanager
def _worker_process(repo: Repo, kind: EntryKind[Any]) -> Iterator[Worker]:
    """A process that is gone at the end.

    `-P`: it must not look for modules where it is started, which may be in a stranger's
    repository (https://docs.python.org/3.11/using/cmdline.html#cmdoption-P). Its own session: a
    Ctrl-C in the terminal, which signals the whole foreground group, is for us to act on.
    """
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    process = subprocess.Popen(
        [
            sys.executable,
            "-P",
            "-m",
            f"{__package__}.parallel_worker",
            str(repo.git_dir),
            kind.name,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,
    )
    try:
        yield Worker(process)
    finally:
        process.kill()
        process.communicate()
