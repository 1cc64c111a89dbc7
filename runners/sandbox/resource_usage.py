"""How much the processes under one process use, read from /proc without leaving that tree.

https://man7.org/linux/man-pages/man5/proc.5.html: `task/TID/children` needs CONFIG_PROC_CHILDREN.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.config.repository import SandboxLimits
from runners.sandbox.model import Ended

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
MIB = 1024 * 1024
THREADS_PER_PROCESS = 8  # threads a process may have on average: one JVM starts 30, a bomb 10,000
MIN_FREE_SHARE = 0.02  # of the machine's memory; below it the kernel would choose whom to kill


@dataclass(frozen=True, slots=True)
class Usage:
    """`memory` in bytes. The counts stop growing shortly after they pass the limit."""

    processes: int = 0
    threads: int = 0
    memory: int = 0
    host_free: float = 1.0


def exceeded_limit(usage: Usage, limits: SandboxLimits) -> Ended | None:
    if usage.processes > limits.processes or usage.threads > limits.processes * THREADS_PER_PROCESS:
        return "processes"
    if usage.memory > limits.memory * MIB or usage.host_free < MIN_FREE_SHARE:
        return "memory"
    return None


def measure_usage(root: int, limits: SandboxLimits) -> Usage:
    """Use of all descendants of `root`.

    Resident size counts shared pages once per process, so a pool of forked workers looks bigger
    than it is: only when that sum passes the limit is the fair share (PSS) read, which is exact
    and some hundred times slower.
    """
    pids, threads = _descendants(root, limits)
    if len(pids) > limits.processes:
        return Usage(len(pids), threads)
    memory = sum(_resident(pid) for pid in pids)
    if memory > limits.memory * MIB:
        memory = sum(_fair_share(pid) for pid in pids)
    return Usage(len(pids), threads, memory, _host_free())


def _descendants(root: int, limits: SandboxLimits) -> tuple[list[int], int]:
    pids: list[int] = []
    threads = 0
    to_visit = [root]
    while to_visit:
        for child in list_children(to_visit.pop()):
            pids.append(child)
            if len(pids) > limits.processes:
                return pids, threads
            threads += _thread_count(child)
            to_visit.append(child)
    return pids, threads


def list_children(pid: int) -> Iterator[int]:
    """Ended processes have none; threads may each have their own."""
    try:
        tasks = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 - names alone, many times a second
    except OSError:
        return
    for task in tasks:
        yield from map(int, _read(f"/proc/{pid}/task/{task}/children").split())


def _thread_count(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/task"))  # noqa: PTH208 - as above
    except OSError:
        return 0


def count_threads(uid: int) -> int:
    """What RLIMIT_NPROC counts: every thread of the user, wherever it runs.

    https://man7.org/linux/man-pages/man2/getrlimit.2.html
    """
    processes = [p for p in Path("/proc").iterdir() if p.name.isdigit() and _owner(p) == uid]
    return sum(_thread_count(int(p.name)) for p in processes)


def _owner(path: Path) -> int:
    try:
        return path.stat().st_uid
    except OSError:
        return -1


def _resident(pid: int) -> int:
    fields = _read(f"/proc/{pid}/statm").split()
    # size and resident, in pages: https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html
    return int(fields[1]) * PAGE_BYTES if fields else 0


def _fair_share(pid: int) -> int:
    # The sum over all mappings: https://docs.kernel.org/filesystems/proc.html
    for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return _resident(pid)


def _host_free() -> float:
    sizes = {
        line.split(":")[0]: int(line.split()[1]) for line in _read("/proc/meminfo").splitlines()
    }
    if "MemAvailable" not in sizes:
        return 1.0
    # What new programs could have without swapping, the kernel's own estimate; MemFree leaves out
    # caches that can go: https://man7.org/linux/man-pages/man5/proc_meminfo.5.html
    return sizes["MemAvailable"] / max(1, sizes["MemTotal"])


def _read(path: str) -> str:
    """Empty when the process has ended meanwhile: then it uses nothing."""
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""
