"""A process of its own, run by path: starts a command and outlives everything that command left.

Used where there is no PID namespace to do it. As subreaper it inherits every orphan below it,
daemons too, so killing its children until it has none leaves nothing. Usage: reaper.py COMMAND...
https://man7.org/linux/man-pages/man2/PR_SET_CHILD_SUBREAPER.2const.html
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def run_and_reap(command: list[str]) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    signal.signal(signal.SIGTERM, _exit_on_term)
    for option, value in ((PR_SET_CHILD_SUBREAPER, 1), (PR_SET_PDEATHSIG, signal.SIGTERM)):
        # The values are those of <linux/prctl.h>: https://man7.org/linux/man-pages/man2/prctl.2.html
        if libc.prctl(option, value, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")
    try:
        # What this process was handed by descriptor is for the command.
        code = subprocess.call(command, close_fds=False)
        return code if code >= 0 else 128 - code
    finally:
        kill_descendants()


def kill_descendants() -> None:
    """Stop everything below before killing anything: what is stopped cannot fork meanwhile.

    Then kill and reap until no child is left: a killed parent hands its children to this process.
    """
    stopped: set[int] = set()
    while running := _descendants() - stopped:
        # SIGSTOP cannot be caught or ignored: https://man7.org/linux/man-pages/man7/signal.7.html
        _signal(running, signal.SIGSTOP)
        stopped |= running
    while True:
        _signal(_descendants(), signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        # ECHILD: there is no child left. https://man7.org/linux/man-pages/man2/wait.2.html
        except ChildProcessError:
            return


def _descendants() -> set[int]:
    pids: set[int] = set()
    to_visit = [os.getpid()]
    while to_visit:
        for tasks in Path(f"/proc/{to_visit.pop()}/task").glob("*/children"):
            child_pids = {int(pid) for pid in _read(tasks).split()} - pids
            pids |= child_pids
            to_visit += child_pids
    return pids


def _signal(pids: set[int], signal_number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal_number)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # ended meanwhile
        return ""


def _exit_on_term(_signal: int, _frame: FrameType | None) -> None:
    kill_descendants()
    # Not sys.exit: the exception of a signal handler rises within subprocess.call.
    os._exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(run_and_reap(sys.argv[1:]))
