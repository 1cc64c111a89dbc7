"""How much the processes under one process use, read from /proc without leaving that tree.

https://man7.org/linux/man-pages/man5/proc.5.html: `task/TID/children` needs CONFIG_PROC_CHILDREN.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.config.repository import SandboxLimits
from runners.sandbox.folder_usage import FILES_PER_MIB, SPARE_FILES
from runners.sandbox.model import Ended
from runners.sandbox.shared_memory import measure_held, measure_rooms, sum_rooms

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
MIB = 1024 * 1024
THREADS_PER_PROCESS = 8  # threads a process may have on average: one JVM starts 30, a bomb 10,000
MIN_FREE_SHARE = 0.02  # of the machine's memory; below it the kernel would choose whom to kill


@dataclass(frozen=True, slots=True)
class Usage:
    """`memory` and `layers` in bytes, `files` of the sandbox's fullest file system in memory.

    The counts stop growing shortly after they pass the limit.
    """

    processes: int = 0
    threads: int = 0
    memory: int = 0
    host_free: float = 1.0
    files: int = 0
    layers: int = 0


@dataclass(frozen=True, slots=True)
class MachineMemory:
    """`shared`: bytes of shared memory and of files in memory; `free`: a share of all memory."""

    shared: int
    free: float


def exceeded_limit(usage: Usage, limits: SandboxLimits) -> Ended | None:
    if usage.processes > limits.processes or usage.threads > limits.processes * THREADS_PER_PROCESS:
        return "processes"
    if usage.memory > limits.memory * MIB or usage.host_free < MIN_FREE_SHARE:
        return "memory"
    # An empty file takes memory, too, which is charged to nobody: so many fit if each has a page.
    too_many = usage.files > limits.disk * FILES_PER_MIB + SPARE_FILES
    if too_many or usage.layers > limits.disk * MIB:
        return "disk"
    return None


def read_machine() -> MachineMemory:
    """Zeros where the kernel tells none: then nothing is taken from it."""
    rows = (line.split() for line in _read("/proc/meminfo").splitlines())
    sizes = {row[0].rstrip(":"): int(row[1]) * 1024 for row in rows}
    shared, total = sizes.get("Shmem", 0), sizes.get("MemTotal", 0)
    # What new programs could have without swapping, the kernel's own estimate; MemFree leaves out
    # caches that can go: https://man7.org/linux/man-pages/man5/proc_meminfo.5.html
    free = sizes["MemAvailable"] / max(1, total) if "MemAvailable" in sizes else 1.0
    return MachineMemory(shared, free)


def measure_usage(
    root: int,
    limits: SandboxLimits,
    rooms: Sequence[str] = (),
    shared_before: int | None = None,
    nested: Sequence[str] = (),
) -> Usage:
    """Use of all descendants of `root`; `rooms` are their file systems in memory.

    `nested` are those within what setup left: all of these together have the disk limit, too.

    Resident size counts shared pages once per process, so a pool of forked workers looks bigger
    than it is: only when that sum passes the limit is the fair share (PSS) read, which is exact
    and some hundred times slower. The same with what is resident nowhere (`shared_memory.py`):
    `shared_before` is what the machine had in shared memory when they began, `sum_rooms` left out.
    """
    pids, threads = _descendants(root, limits)
    if len(pids) > limits.processes:
        return Usage(len(pids), threads)
    machine, room = read_machine(), measure_rooms(pids, rooms, nested)
    explained = sum_rooms(root, room.size)
    hidden = 0 if shared_before is None else max(0, machine.shared - explained - shared_before)
    memory = sum(_resident(pid) for pid in pids)
    if memory + hidden > limits.memory * MIB:
        memory = _measure_exactly(pids, hidden)
    return Usage(len(pids), threads, memory, machine.free, room.files, room.layers)


def _measure_exactly(pids: Sequence[int], hidden: int) -> int:
    """Fair shares, and of what is hidden as much as these can have."""
    shares = [_fair_share(pid) for pid in pids]
    held = measure_held(pids) if hidden else 0
    own = sum(all_of_it - shared for all_of_it, shared in shares)
    return max(
        sum(all_of_it for all_of_it, _ in shares),
        own + (hidden if held is None else min(hidden, held)),
    )


def list_descendants(root: int, most: int = 4096) -> list[int]:
    pids = [root]
    for pid in pids:
        pids += list_children(pid) if len(pids) < most else ()
    return pids[1:]


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


def is_running(pid: int) -> bool:
    """Neither gone nor a zombie, which only waits to be asked for its exit code."""
    # The state is the word after the name, which is in parentheses and may hold any character:
    # https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    return _read(f"/proc/{pid}/stat").rpartition(")")[2].split()[:1] not in ([], ["Z"], ["X"])


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


def _fair_share(pid: int) -> tuple[int, int]:
    """Bytes of all mappings, and of those how much is shared memory."""
    # The sums over all mappings: https://docs.kernel.org/filesystems/proc.html
    rows = (line.split() for line in _read(f"/proc/{pid}/smaps_rollup").splitlines()[1:])
    sizes = {row[0]: int(row[1]) * 1024 for row in rows}
    return sizes.get("Pss:", 0) or _resident(pid), sizes.get("Pss_Shmem:", 0)


def _read(path: str) -> str:
    """Empty when the process has ended meanwhile: then it uses nothing."""
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""
