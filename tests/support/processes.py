"""What runs, asked of the system: a process may end between any two questions about it."""

import os
from contextlib import suppress
from pathlib import Path

import psutil

ENDING_SECONDS = 10.0


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


def list_left_processes(folder: Path) -> list[str]:
    """Those that work in the folder, or name it, and are not about to end.

    A process that was ended is seen a little longer: its memory, and with it its command line, goes
    before its folder does. https://man7.org/linux/man-pages/man5/proc_pid_cmdline.5.html
    """
    found = [each for each in psutil.process_iter(["cwd", "cmdline"]) if _names(each, folder)]
    _, left = psutil.wait_procs(found, timeout=ENDING_SECONDS)
    return [str(each.as_dict(["pid", "status", "cwd", "cmdline"])) for each in left]


def _names(process: psutil.Process, folder: Path) -> bool:
    told = [process.info["cwd"] or "", *(process.info["cmdline"] or [])]
    return process.pid != os.getpid() and any(str(folder) in text for text in told)


def kill_processes_in(folder: Path) -> None:
    for process in list_processes_in(folder):
        with suppress(psutil.NoSuchProcess):
            process.kill()
