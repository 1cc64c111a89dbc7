"""Ending a process with all that it started, and waiting until they are gone."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Sequence

from runners.sandbox.resource_usage import (
    is_running,
    list_children,
)

EXIT_SECONDS = 5.0
"""A killed process tree has to be gone within this."""


def kill_tree(pid: int) -> None:
    """SIGKILL the children, then the process.

    The death of a PID namespace's first process ends all others in it:
    https://man7.org/linux/man-pages/man7/pid_namespaces.7.html
    """
    for child in (*list_children(pid), pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def wait_until_gone(pids: Sequence[int]) -> None:
    """The first process of a PID namespace has not ended before all others in it have.

    https://man7.org/linux/man-pages/man7/pid_namespaces.7.html
    """
    deadline = time.monotonic() + EXIT_SECONDS
    while any(is_running(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.002)


def wait_for_exit(process: subprocess.Popen[bytes]) -> bool:
    """After the end of its output a process is about to exit: let it, for its exit code."""
    try:
        process.wait(EXIT_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True
