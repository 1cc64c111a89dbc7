"""Files that one process at a time holds; the kernel lets go when the holder ends, however it does.

A lock of flock(2) belongs to an open file description: two `open` calls exclude each other within
one process too, so threads are kept apart as processes are; what a child inherits holds it as well,
but descriptors that Python opens are closed on exec.
https://man7.org/linux/man-pages/man2/flock.2.html
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any


@contextmanager
def hold_lock(path: Path) -> Iterator[None]:
    """Wait until nobody else holds it."""
    while True:
        with path.open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_still_there(file, path):
                yield
                return


@contextmanager
def try_lock(path: Path) -> Iterator[bool]:
    """Whether it is held now by us alone; False at once where somebody else holds it."""
    while True:
        with path.open("a+") as file:
            held = lock_exclusive(file)
            if not held or _is_still_there(file, path):
                yield held
                return


def _is_still_there(file: IO[Any], path: Path) -> bool:
    """Whether it is still the file of that name; who removed it meanwhile had it locked.

    Otherwise two could hold two files of one name: the next one makes a new file.
    """
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return False


def find_holder(path: Path) -> int:
    """The process that said by `note_holder` that it holds the lock; 0 where none did."""
    try:
        words = path.read_bytes()[:32].split()
    except OSError:
        return 0
    return int(words[0]) if words and words[0].isdigit() else 0


def find_live_holder(path: Path) -> int:
    """The process that holds the lock now, by what it noted; 0 for none, asked without locking.

    A number is given to another process once its own has ended, so the files that it has open are
    looked at: https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html
    """
    pid = find_holder(path)
    try:
        wanted = path.stat()
        opened = [*Path(f"/proc/{pid}/fd").iterdir()] if pid else []
    except OSError:
        return 0
    return pid if any(_is_same_file(each, wanted) for each in opened) else 0


def _is_same_file(descriptor: Path, wanted: os.stat_result) -> bool:
    try:
        return os.path.samestat(descriptor.stat(), wanted)
    except OSError:  # closed meanwhile, or no file at all
        return False


def note_holder(path: Path) -> None:
    """Write down, in the file that is locked, who holds it. Only who holds it may."""
    path.write_text(f"{os.getpid()}\n")


def lock_exclusive(file: IO[Any]) -> bool:
    """Without waiting; False where it is held elsewhere, shared or not."""
    return _lock_now(file, fcntl.LOCK_EX)


def lock_shared(file: IO[Any]) -> bool:
    """Without waiting; False where somebody holds it alone."""
    return _lock_now(file, fcntl.LOCK_SH)


def share_lock(file: IO[Any]) -> None:
    """Make an exclusive lock a shared one."""
    fcntl.flock(file, fcntl.LOCK_SH)


def _lock_now(file: IO[Any], how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
