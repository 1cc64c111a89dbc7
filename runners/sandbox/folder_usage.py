"""How much a command writes into folders of this machine's disk, looked at while it runs.

There is no quota that an ordinary user could set, so this is a watch: between two looks a command
can pass the limit by what the disk takes meanwhile.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR

from runners.sandbox.model import PREPARED_FOLDERS, Prepared, WorkRoom

SLICE_SECONDS = 0.02
"""Of each look, for walking on: the watch has other limits to look at, and output to read."""
REST_SHARE = 10
"""A walk begins anew after this many times what the last one took."""
BLOCK_BYTES = 512
FILES_PER_MIB = 256
"""As many as there would be if each had a page."""
SPARE_FILES = 4096
MIN_FREE_BYTES = 256 << 20
"""Left on the disk: below it the bot itself could write nothing down."""


class FolderLimit:
    """`size` in bytes, for all folders together; they are on one file system."""

    def __init__(self, folders: Sequence[Path], size: int) -> None:
        self.folders, self.size = folders, size
        # Without a sandbox, a command may remove the folders themselves.
        self._parent = folders[0].parent
        self.files = (size >> 20) * FILES_PER_MIB + SPARE_FILES
        self._free_first = self._free_then = self._read_free()
        self._walk: Iterator[FolderUsage] | None = None
        self._used = FolderUsage()
        self._walk_seconds = self._next_walk = 0.0

    @property
    def device(self) -> int:
        return self._parent.stat().st_dev

    def is_exceeded(self, count_unnamed: Callable[[int], int] = lambda _device: 0) -> bool:
        """Walk on for a moment; at once where the disk lost more than these folders have left.

        `count_unnamed` gives bytes of files on a device that are open and have no name any more; it
        is asked only when the disk lost more than what has a name.
        """
        free, now = self._read_free(), time.monotonic()
        lost = self._free_first - free
        unnamed = count_unnamed(self.device) if lost > self.size - self._used.size else 0
        # What cannot be listed cannot be counted: then all that the disk lost is its.
        hidden = self._used.is_hiding and lost > self.size
        if hidden or free < min(MIN_FREE_BYTES, self._free_first):
            return True
        if now < self._next_walk and self._free_then - free <= self.size - self._used.size:
            return self._used.size + unnamed > self.size
        if self._walk is None:
            self._walk, self._walk_seconds = measure_folders(self.folders), 0.0
            self._free_then = free
        used = self._used
        for used in self._walk:
            if used.size + unnamed > self.size or used.files > self.files:
                return True
            if time.monotonic() - now > SLICE_SECONDS:
                self._walk_seconds += SLICE_SECONDS
                return False
        self._used, self._walk = used, None
        seconds = self._walk_seconds + time.monotonic() - now
        self._next_walk = time.monotonic() + REST_SHARE * seconds
        return False

    def _read_free(self) -> int:
        # What a user who is not root may still write: https://man7.org/linux/man-pages/man3/statvfs.3.html
        found = os.statvfs(self._parent)
        return found.f_bavail * found.f_frsize


def limit_folders(prepared: Prepared | None, room: WorkRoom | None = None) -> FolderLimit | None:
    """The limit on what setup writes, or who works in a room; a check writes in memory."""
    if room is not None:
        folders = [room.repo, room.home]
        *_, before = (FolderUsage(), *measure_folders(folders))
        return FolderLimit(folders, before.size + (room.disk << 20))
    if prepared is None or not prepared.writable:
        return None
    folders = [prepared.root / name for name in PREPARED_FOLDERS]
    return FolderLimit(folders, prepared.disk << 20)


@dataclass(frozen=True, slots=True)
class FolderUsage:
    """Bytes on disk, files, and whether some folder could not be listed."""

    size: int = 0
    files: int = 0
    is_hiding: bool = False


def measure_folders(folders: Sequence[Path]) -> Iterator[FolderUsage]:
    """What was found so far, folder by folder; what has two names counts once.

    Nothing but names and sizes is read, and nothing changed: a command that runs meanwhile may put
    a link in the place of any folder.
    """
    size = files = 0
    is_hiding = False
    linked: set[tuple[int, int]] = set()
    to_visit = [str(folder) for folder in folders]
    while to_visit:
        try:
            with os.scandir(to_visit.pop()) as found:
                entries = list(found)
        except (FileNotFoundError, NotADirectoryError):
            entries = []
        except OSError:  # closed to us, or its name is longer than a path may be
            entries, is_hiding = [], True
        for entry in entries:
            try:
                stat = entry.stat(follow_symlinks=False)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError:
                is_hiding = True
                break
            files += 1
            size += _new_bytes(stat, linked)
            if S_ISDIR(stat.st_mode):
                to_visit.append(entry.path)
        yield FolderUsage(size, files, is_hiding)


def _new_bytes(stat: os.stat_result, linked: set[tuple[int, int]]) -> int:
    """What a file takes on disk, none where it was counted by another name. Folders have many."""
    if stat.st_nlink > 1 and not S_ISDIR(stat.st_mode):
        if (stat.st_dev, stat.st_ino) in linked:
            return 0
        linked.add((stat.st_dev, stat.st_ino))
    return stat.st_blocks * BLOCK_BYTES
