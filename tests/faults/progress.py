"""Waiting for the job to have come so far."""

import subprocess
import threading
import time
from collections.abc import Callable

from faults.twelve import BRANCH
from faults.words_project import WordsProject

PAUSE = threading.Event()
PATIENCE_SECONDS = 100.0


def count_landed(project: WordsProject) -> int:
    exists = project.git("for-each-ref", f"refs/heads/{BRANCH}")
    return len(project.landed(BRANCH)) if exists else 0


def wait_until_landed(project: WordsProject, tasks: int, process: "subprocess.Popen[str]") -> None:
    wait_until(project, lambda: count_landed(project) >= tasks, process)


def wait_until_asked(project: WordsProject, calls: int, process: "subprocess.Popen[str]") -> None:
    wait_until(project, lambda: len(project.models_server.calls) >= calls, process)


def wait_until(
    project: WordsProject, holds: Callable[[], bool], process: "subprocess.Popen[str]"
) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        told = f"{count_landed(project)} tasks, {len(project.models_server.calls)} calls"
        assert process.poll() is None, f"{told}; it ended: {process.communicate()[0]}"
        assert time.monotonic() < end, told
        PAUSE.wait(0.05)
