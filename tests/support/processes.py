"""What runs, asked of the system: a process may end between any two questions about it."""

from contextlib import suppress
from pathlib import Path

import psutil


def is_running(pid: int) -> bool:
    """A zombie has ended: its parent has only not asked for its exit yet."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def list_processes_in(folder: Path) -> list[psutil.Process]:
    """Those that work in the folder or below it; `info` has their `cmdline`."""
    # None stands where a process had ended, or is another account's.
    found = psutil.process_iter(["cwd", "cmdline"])
    return [each for each in found if str(each.info["cwd"] or "").startswith(str(folder))]


def kill_processes_in(folder: Path) -> None:
    for process in list_processes_in(folder):
        with suppress(psutil.NoSuchProcess):
            process.kill()
