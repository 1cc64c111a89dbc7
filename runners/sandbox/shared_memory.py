"""Memory that no process shows as its own: files without a name, shared pages, files of a tmpfs.

What is written into a memfd, or into shared memory that is then unmapped, is resident nowhere. The
kernel counts all of it for the whole machine (`Shmem`); how much of that a sandbox can have at most
is told by what its processes hold open and map.

https://man7.org/linux/man-pages/man5/proc_meminfo.5.html
https://man7.org/linux/man-pages/man2/memfd_create.2.html
"""

import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

BLOCK_BYTES = 512
_UNNAMED = ("/memfd:", "/dev/zero", "/SYSV")
# A mapping of such memory, with its device and inode:
# https://man7.org/linux/man-pages/man5/proc_pid_maps.5.html
_MAPPING = re.compile(
    r"^\S+ \S+ \S+ ([0-9a-f]+):([0-9a-f]+) (\d+) +(?:/memfd:|/dev/zero \(deleted\)|/SYSV)",
    re.MULTILINE,
)
GONE_SECONDS = 2.0
_rooms: dict[int, tuple[int, float]] = {}
Inode = tuple[int, int, int]
"""Device, in two numbers, and the number on it."""


@dataclass(frozen=True, slots=True)
class RoomUsage:
    """Of the file systems in memory that a sandbox has: bytes of all, files of the fullest.

    `layers`: bytes of what was written over folders that setup left, or in folders within them.
    """

    size: int = 0
    files: int = 0
    layers: int = 0


def measure_rooms(
    pids: Sequence[int], rooms: Sequence[str], nested: Sequence[str] = ()
) -> RoomUsage:
    """`rooms` are where the file systems are mounted, for one of these processes at least.

    `nested` are those within what setup left.
    """
    for pid in reversed(pids if rooms else ()):
        try:
            # The link leads to the process's own root: https://man7.org/linux/man-pages/man5/proc_pid_root.5.html
            found = [os.statvfs(f"/proc/{pid}/root{room}") for room in rooms]
            # bubblewrap keeps layers on the file system of its root, which holds nothing else.
            over = [os.statvfs(f"/proc/{pid}/root{room}") for room in ("/", *nested)]
        except OSError:  # it has ended, or is one that sees the machine
            continue
        files = max(each.f_files - each.f_ffree for each in (*found, *over))
        layers = sum(map(_used_bytes, over))
        return RoomUsage(sum(map(_used_bytes, found)) + layers, files, layers)
    return RoomUsage()


def _used_bytes(found: os.statvfs_result) -> int:
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def sum_rooms(own: int = 0, size: int = 0) -> int:
    """Bytes that all sandboxes of this process had in their rooms lately; `own` has `size` now.

    What another one's check writes into its files is no memory that this one hides.
    """
    now = time.monotonic()
    if size:
        _rooms[own] = (size, now)
    for pid, (_size, seen) in list(_rooms.items()):
        # Sandboxes are looked at many times a second: this one has ended, and its files are gone.
        if now - seen > GONE_SECONDS:
            _rooms.pop(pid, None)
    return sum(each for each, _seen in list(_rooms.values()))


def measure_held(pids: Sequence[int]) -> int | None:
    """Bytes of shared memory without a name that these processes have; None: it cannot be told.

    What is mapped by a part, with no descriptor left, may be of any size; and a descriptor that is
    under way in a socket is seen nowhere but in its count.
    """
    opened: dict[Inode, int] = {}
    mapped: set[Inode] = set()
    for pid in pids:
        for inode, size in _held_open(pid):
            if size is None:
                return None
            opened[inode] = size
        rows = _MAPPING.findall(_read(f"/proc/{pid}/maps"))
        mapped |= {(int(major, 16), int(minor, 16), int(number)) for major, minor, number in rows}
    return None if mapped - set(opened) else sum(opened.values())


def _held_open(pid: int) -> Iterator[tuple[Inode, int | None]]:
    folder = f"/proc/{pid}/fd"
    for name in _list_descriptors(pid):
        try:
            target = os.readlink(f"{folder}/{name}")  # noqa: PTH115 - no object for each of thousands
            if target.startswith("socket:") and _has_descriptors_under_way(pid, name):
                yield (0, 0, 0), None
            elif target.startswith(_UNNAMED):
                found = os.stat(f"{folder}/{name}")  # noqa: PTH116
                inode = os.major(found.st_dev), os.minor(found.st_dev), found.st_ino
                yield inode, found.st_blocks * BLOCK_BYTES
        except OSError:  # closed meanwhile
            continue


def measure_deleted(pids: Sequence[int], device: int) -> int:
    """Bytes of files on a device that these processes have open and that no folder names."""
    found: dict[int, int] = {}
    for pid in pids:
        for name in _list_descriptors(pid):
            try:
                stat = os.stat(f"/proc/{pid}/fd/{name}")  # noqa: PTH116 - no object for each
            except OSError:  # closed meanwhile
                continue
            if stat.st_dev == device and not stat.st_nlink:
                found[stat.st_ino] = stat.st_blocks * BLOCK_BYTES
    return sum(found.values())


def _list_descriptors(pid: int) -> list[str]:
    try:
        return os.listdir(f"/proc/{pid}/fd")  # noqa: PTH208 - names alone, many times
    except OSError:
        return []


def _has_descriptors_under_way(pid: int, name: str) -> bool:
    # `scm_fds: N` of a Unix socket: https://github.com/torvalds/linux/blob/master/net/unix/af_unix.c
    found = re.search(r"^scm_fds:\s*(\d+)", _read(f"/proc/{pid}/fdinfo/{name}"), re.MULTILINE)
    return found is not None and found[1] != "0"


def _read(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""
