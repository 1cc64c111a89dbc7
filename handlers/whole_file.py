"""Files that are there as a whole or not at all, whatever ends this process or fills the disk."""

import errno
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import TextIO

_NO_UNNAMED_FILES = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT})
"""What systems of files answer that have none, and kernels before 3.11."""


def write_new_file(path: Path, text: str) -> None:
    """Raises FileExistsError where anything has that name, a link too."""
    # A file without a name gets one when all is in it: nothing is left behind by a kill.
    # https://man7.org/linux/man-pages/man2/open.2.html
    try:
        fd = os.open(path.parent, os.O_TMPFILE | os.O_WRONLY, 0o666)
    except OSError as exc:
        if exc.errno not in _NO_UNNAMED_FILES or not path.parent.is_dir():
            raise
        _write_beside(path, text)
        return
    with os.fdopen(fd, "w", encoding="utf-8") as out:
        _write_through(out, text)
        parent = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            # A folder is given, since Python follows the link in /proc only then.
            os.link(f"/proc/self/fd/{fd}", path.name, src_dir_fd=parent, dst_dir_fd=parent)
        except FileNotFoundError:  # no /proc here
            _write_beside(path, text)
        finally:
            os.close(parent)


def replace_file(path: Path, text: str) -> None:
    """With the mode it had. A link is replaced, and not followed; it may lead to nothing."""
    try:
        mode = path.stat().st_mode & 0o7777
    except FileNotFoundError:
        mode = None
    beside = _write_temporary(path, text)
    try:
        if mode is not None:
            beside.chmod(mode)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _write_beside(path: Path, text: str) -> None:
    beside = _write_temporary(path, text)
    try:
        try:
            os.link(beside, path)
        except FileExistsError:
            raise
        except OSError:  # FAT and some network file systems have no hard links
            if os.path.lexists(path):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path) from None
            beside.rename(path)
    finally:
        beside.unlink(missing_ok=True)


def _write_temporary(path: Path, text: str) -> Path:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    try:
        with os.fdopen(
            os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "w", encoding="utf-8"
        ) as out:
            _write_through(out, text)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise
    return beside


def _write_through(out: TextIO, text: str) -> None:
    out.write(text)
    out.flush()
    os.fsync(out.fileno())
