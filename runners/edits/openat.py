"""Checking the paths that an edit names, and opening their files without following any link."""

import errno
import os
import re
import stat
import unicodedata
from contextlib import ExitStack
from pathlib import Path

from runners.edits.model import EditError, Read

MAX_PATH_CHARACTERS = 1024
PATH_HINT = "Name the file by its path from the root of the repository."
# O_NOFOLLOW refuses a link only as the last part of a path, so each part is opened by itself, below
# the descriptor of the one before: https://man7.org/linux/man-pages/man2/open.2.html
ROOT_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
DIRECTORY_FLAGS = ROOT_FLAGS | os.O_NOFOLLOW
# Without O_NONBLOCK, opening a named pipe waits for a writer:
# https://man7.org/linux/man-pages/man7/fifo.7.html
FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
MAX_FILE_BYTES = 64 * 1024 * 1024
"""Bytes of one file read into memory; no source a model can edit comes near."""
# `submodule.NAME.path`, which does not end with a slash:
# https://git-scm.com/docs/gitmodules
SUBMODULE_PATH = re.compile(r"^\s*path\s*=\s*\"?(.+?)\"?\s*$", re.MULTILINE)
PLAIN_FILES_HINT = "Only plain files inside the repository can be edited."


def safe_path(path: str) -> str:
    """The path, without `./`. Raises `EditError` for one that may lead outside."""
    if not path or len(path) > MAX_PATH_CHARACTERS:
        raise EditError(f"no usable path: {path[:60]!r}", PATH_HINT)
    if "\\" in path or any(unicodedata.category(c) in {"Cc", "Cs"} for c in path):
        raise EditError(f"path with a backslash or control character: {path!r}", PATH_HINT)
    if path.startswith(("/", "~")) or (path[1:2] == ":" and path[0].isalpha()):
        raise EditError(f"path outside the repository: {path!r}", PATH_HINT)
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if not parts or ".." in parts or path.endswith("/"):
        raise EditError(f"path outside the repository or a directory: {path!r}", PATH_HINT)
    for part in parts:
        if is_git_directory(part):
            raise EditError(f"path inside git's own directory: {path!r}", PATH_HINT)
        if len(part.encode("utf-8", "surrogatepass")) > 255:  # noqa: PLR2004 - NAME_MAX of Linux, in bytes
            raise EditError(f"path with a name too long for any file: {path[:60]!r}", PATH_HINT)
    return "/".join(parts)


def is_git_directory(name: str) -> bool:
    """Whether some file system takes the name for `.git`.

    By case, 8.3 short name, NTFS stream (`.git:x`), dots at the end or ignorable characters: what
    git itself refuses (https://git-scm.com/docs/git-config#Documentation/git-config.txt-coreprotectHFS
    and `core.protectNTFS`), since CVE-2014-9390 made a checkout run code.
    """
    visible = "".join(c for c in name if unicodedata.category(c) != "Cf")
    plain = unicodedata.normalize("NFKC", visible).casefold()
    return plain.split(":")[0].rstrip(" .") in {".git", "git~1"}


def open_reader(root: Path) -> Read:
    """Reads a file's bytes the way `write_edits` reaches it, and refuses what that refuses."""

    def read(path: str) -> bytes | None:
        path = safe_path(path)
        with ExitStack() as stack:
            parent = open_parent(stack, root, path, None)
            return None if parent is None else _read_content(parent, path)

    return read


def open_parent(
    stack: ExitStack, root: Path, path: str, new_directories: list[tuple[int, str]] | None
) -> int | None:
    """An open descriptor of the file's directory, closed by `stack`.

    Missing directories are created and noted in `new_directories`; where that is None, the answer
    is None. Raises `EditError` for a link, a submodule or another repository on the way.
    """
    directory = _close_later(stack, os.open(root, ROOT_FLAGS))
    submodules = _read_submodule_paths(directory)
    parts = path.split("/")
    for depth in range(1, len(parts) + 1):
        if "/".join(parts[:depth]) in submodules:
            raise EditError(f"{path} is in a submodule", PLAIN_FILES_HINT)
    for part in parts[:-1]:
        child = _open_child(directory, part, path, new_directories)
        if child is None:
            return None
        directory = _close_later(stack, child)
        # A folder in a clone, a file in a submodule or worktree:
        # https://git-scm.com/docs/gitrepository-layout
        if _exists(directory, ".git"):
            raise EditError(f"{path}: {part} is a repository of its own", PLAIN_FILES_HINT)
    return directory


def stat_plain_file(parent: int, path: str) -> os.stat_result | None:
    """The file's status, None when absent. Raises `EditError` for a link, directory or device."""
    try:
        status = os.stat(path.rsplit("/", 1)[-1], dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        kind = "a link" if stat.S_ISLNK(status.st_mode) else "no plain file"
        raise EditError(f"{path} is {kind}", PLAIN_FILES_HINT)
    return status


def _open_child(
    directory: int, part: str, path: str, new_directories: list[tuple[int, str]] | None
) -> int | None:
    try:
        if new_directories is not None and not _exists(directory, part):
            os.mkdir(part, dir_fd=directory)
            new_directories.append((directory, part))
        return os.open(part, DIRECTORY_FLAGS, dir_fd=directory)
    except FileNotFoundError:
        return None
    except OSError as exc:
        # What O_NOFOLLOW and O_DIRECTORY answer for a link: https://man7.org/linux/man-pages/man2/open.2.html
        if exc.errno in {errno.ELOOP, errno.ENOTDIR}:
            raise EditError(f"{path}: {part} is a link or no directory", PLAIN_FILES_HINT) from exc
        raise


def _close_later(stack: ExitStack, descriptor: int) -> int:
    stack.callback(os.close, descriptor)
    return descriptor


def _exists(parent: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _read_submodule_paths(root: int) -> frozenset[str]:
    """Paths `.gitmodules` names, checked out or not."""
    text = (_read_content(root, ".gitmodules") or b"").decode("utf-8", "replace")
    return frozenset(SUBMODULE_PATH.findall(text))


def _read_content(parent: int, path: str) -> bytes | None:
    if stat_plain_file(parent, path) is None:
        return None
    descriptor = os.open(path.rsplit("/", 1)[-1], FILE_FLAGS, dir_fd=parent)
    with os.fdopen(descriptor, "rb") as file:
        # Of the open file: between `stat` and `open` another may have taken the name.
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_FILE_BYTES:
            raise EditError(
                f"{path} is no plain file, or larger than {MAX_FILE_BYTES:,} bytes",
                PLAIN_FILES_HINT,
            )
        return file.read()
