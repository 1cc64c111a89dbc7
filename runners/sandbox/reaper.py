"""A process of its own, run by path: starts a command and outlives everything that command left.

Used where there is no PID namespace to do it. As subreaper it inherits every orphan below it,
daemons too, so killing its children until it has none leaves nothing. Usage: reaper.py COMMAND...
"""

import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def main(command: list[str]) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    signal.signal(signal.SIGTERM, _leave)
    for option, value in ((PR_SET_CHILD_SUBREAPER, 1), (PR_SET_PDEATHSIG, signal.SIGTERM)):
        if libc.prctl(option, value, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")
    try:
        code = subprocess.call(command)
        return code if code >= 0 else 128 - code
    finally:
        kill_all()


def kill_all() -> None:
    """Kill and reap until no child is left: a killed parent hands its children to this process."""
    while True:
        for pid in _children():
            os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _children() -> list[int]:
    return [int(pid) for pid in Path("/proc/thread-self/children").read_text().split()]


def _leave(_signal: int, _frame: FrameType | None) -> None:
    kill_all()
    os._exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
