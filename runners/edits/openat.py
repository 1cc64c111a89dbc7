"""Which paths an edit may name, and a way to a file that follows no link."""

import errno
import os
import re
import stat
import unicodedata
from contextlib import ExitStack
from pathlib import Path

from runners.edits.model import EditError, Read

LONGEST = 1024
HINT = "Name the file by its path from the root of the repository."


def safe_path(path: str) -> str:
    """The path, without `./`. Raises `EditError` for one that may lead outside."""
    if not path or len(path) > LONGEST:
        raise EditError(f"no usable path: {path[:60]!r}", HINT)
    if "\\" in path or any(unicodedata.category(c) in {"Cc", "Cs"} for c in path):
        raise EditError(f"path with a backslash or control character: {path!r}", HINT)
    if path.startswith(("/", "~")) or (path[1:2] == ":" and path[0].isalpha()):
        raise EditError(f"path outside the repository: {path!r}", HINT)
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if not parts or ".." in parts or path.endswith("/"):
        raise EditError(f"path outside the repository or a directory: {path!r}", HINT)
    for part in parts:
        if is_git(part):
            raise EditError(f"path inside git's own directory: {path!r}", HINT)
        if len(part.encode("utf-8", "surrogatepass")) > 255:  # noqa: PLR2004 - NAME_MAX
            raise EditError(f"path with a name too long for any file: {path[:60]!r}", HINT)
    return "/".join(parts)


def is_git(name: str) -> bool:
    """`.git` under every spelling some file system takes: case, 8.3 name, stream, ignorables."""
    visible = "".join(c for c in name if unicodedata.category(c) != "Cf")
    plain = unicodedata.normalize("NFKC", visible).casefold()
    return plain.split(":")[0].rstrip(" .") in {".git", "git~1"}


ROOT = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
BELOW = ROOT | os.O_NOFOLLOW
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
LARGEST = 64 * 1024 * 1024
"""Bytes of one file read into memory; no source a model can edit comes near."""
SUBMODULE = re.compile(r"^\s*path\s*=\s*\"?(.+?)\"?\s*$", re.MULTILINE)
PLAIN = "Only plain files inside the repository can be edited."


def reader(root: Path) -> Read:
    """Reads a file's bytes as `write` would reach it, and refuses what `write` would refuse."""

    def read(path: str) -> bytes | None:
        path = safe_path(path)
        with ExitStack() as stack:
            parent = parent_of(stack, root, path, None)
            return None if parent is None else _content(parent, path)

    return read


def parent_of(
    stack: ExitStack, root: Path, path: str, made: list[tuple[int, str]] | None
) -> int | None:
    """An open descriptor of the file's directory, closed by `stack`.

    Missing directories are created and noted in `made`; without it the answer is None. Raises
    `EditError` for a link, a submodule or another repository on the way.
    """
    here = _kept(stack, os.open(root, ROOT))
    submodules = _submodules(here)
    parts = path.split("/")
    for depth in range(1, len(parts) + 1):
        if "/".join(parts[:depth]) in submodules:
            raise EditError(f"{path} is in a submodule", PLAIN)
    for part in parts[:-1]:
        below = _below(here, part, path, made)
        if below is None:
            return None
        here = _kept(stack, below)
        if _exists(here, ".git"):
            raise EditError(f"{path}: {part} is a repository of its own", PLAIN)
    return here


def plain_file(parent: int, path: str) -> os.stat_result | None:
    """The file's status, None when absent. Raises `EditError` for a link, directory or device."""
    try:
        found = os.stat(path.rsplit("/", 1)[-1], dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        kind = "a link" if stat.S_ISLNK(found.st_mode) else "no plain file"
        raise EditError(f"{path} is {kind}", PLAIN)
    return found


def _below(here: int, part: str, path: str, made: list[tuple[int, str]] | None) -> int | None:
    try:
        if made is not None and not _exists(here, part):
            os.mkdir(part, dir_fd=here)
            made.append((here, part))
        return os.open(part, BELOW, dir_fd=here)
    except FileNotFoundError:
        return None
    except OSError as exc:
        if exc.errno in {errno.ELOOP, errno.ENOTDIR}:
            raise EditError(f"{path}: {part} is a link or no directory", PLAIN) from exc
        raise


def _kept(stack: ExitStack, descriptor: int) -> int:
    stack.callback(os.close, descriptor)
    return descriptor


def _exists(parent: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _submodules(root: int) -> frozenset[str]:
    """Paths `.gitmodules` names, checked out or not."""
    text = (_content(root, ".gitmodules") or b"").decode("utf-8", "replace")
    return frozenset(SUBMODULE.findall(text))


def _content(parent: int, path: str) -> bytes | None:
    if plain_file(parent, path) is None:
        return None
    descriptor = os.open(path.rsplit("/", 1)[-1], FILE, dir_fd=parent)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            raise EditError(f"{path} is no plain file, or larger than {LARGEST:,} bytes", PLAIN)
        return file.read()
