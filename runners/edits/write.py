"""Writing files inside one directory, following no link: all of them or none."""

import contextlib
import os
import secrets
import stat
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from runners.edits.letter_case import refuse_other_case
from runners.edits.model import EditError, Edits
from runners.edits.openat import open_parent, safe_path, stat_plain_file

CREATE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(slots=True)
class _Change:
    """One file on its way; `temp` and `backup` are names beside it in the open `parent`."""

    path: str
    parent: int
    data: bytes | None
    mode: int | None
    temp: str = ""
    backup: str = ""

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    def rename_file(self, old: str, new: str) -> None:
        os.replace(old, new, src_dir_fd=self.parent, dst_dir_fd=self.parent)

    def remove_file(self, name: str) -> bool:
        """Whether there was such a file."""
        try:
            os.unlink(name, dir_fd=self.parent)
        except (FileNotFoundError, IsADirectoryError):
            return False
        return True


@dataclass(slots=True)
class _Transaction:
    """What has been done so far and may be undone. `new_directories`: (open parent, name)."""

    changes: list[_Change] = field(default_factory=list)
    new_directories: list[tuple[int, str]] = field(default_factory=list)


def write_edits(root: Path, edits: Edits) -> list[str]:
    """Write every file or none, and return their paths, sorted.

    Keeps each file's mode. Raises `EditError` for a path that is no plain file inside `root`, and
    `OSError` when the disk fails; both leave everything as it was.
    """
    work = _Transaction()
    refuse_other_case(root, edits)
    with ExitStack() as stack:
        try:
            for path, data in sorted(edits.files.items()):
                _prepare(stack, root, safe_path(path), data, work)
            for change in work.changes:
                _stage(change)
            for change in work.changes:
                _commit(change)
        except BaseException:
            _undo(work)
            raise
        for change in work.changes:
            if change.backup:
                change.remove_file(change.backup)
    return [change.path for change in work.changes]


def _prepare(
    stack: ExitStack, root: Path, path: str, data: bytes | None, work: _Transaction
) -> None:
    parent = open_parent(stack, root, path, work.new_directories if data is not None else None)
    found = stat_plain_file(parent, path) if parent is not None else None
    if parent is None or (found is None and data is None):
        raise EditError(f"{path}: there is no such file to delete", "Check the path.")
    mode = stat.S_IMODE(found.st_mode) if found else None
    work.changes.append(_Change(path, parent, data, mode))


def _stage(change: _Change) -> None:
    """Write the new content beside its target, so that a full disk shows before anything moves."""
    if change.data is None:
        return
    change.temp = _random_name()
    # O_EXCL creates the file or fails: a link that stands there is never written through.
    descriptor = os.open(change.temp, CREATE_FLAGS, 0o666, dir_fd=change.parent)
    with os.fdopen(descriptor, "wb") as file:
        if change.mode is not None:
            # The mode given to open() is masked: https://man7.org/linux/man-pages/man2/umask.2.html
            os.fchmod(descriptor, change.mode & 0o777)
        file.write(change.data)
        file.flush()
        # A full disk may show only here: https://man7.org/linux/man-pages/man2/fsync.2.html
        os.fsync(descriptor)


def _commit(change: _Change) -> None:
    """Put the old file aside, then the new one in its place.

    In one directory, so that each step is atomic: https://man7.org/linux/man-pages/man2/rename.2.html
    """
    if change.mode is not None:
        change.backup = _random_name()
        change.rename_file(change.name, change.backup)
    if change.temp:
        change.rename_file(change.temp, change.name)


def _undo(work: _Transaction) -> None:
    """Last first; one step that fails does not keep the others from being undone."""
    with ExitStack() as steps:
        for parent, name in work.new_directories:
            steps.callback(_remove_made, parent, name)
        for change in work.changes:
            steps.callback(_restore, change)


def _restore(change: _Change) -> None:
    waiting = change.temp and change.remove_file(change.temp)
    if change.backup:
        # Not there where the file was never put aside.
        with contextlib.suppress(FileNotFoundError):
            change.rename_file(change.backup, change.name)
    elif change.temp and not waiting and change.mode is None:
        change.remove_file(change.name)


def _remove_made(parent: int, name: str) -> None:
    # Not empty where another process put a file there meanwhile:
    # https://man7.org/linux/man-pages/man2/rmdir.2.html
    with contextlib.suppress(OSError):
        os.rmdir(name, dir_fd=parent)


def _random_name() -> str:
    return f".bricklayer-{secrets.token_hex(8)}.tmp"
