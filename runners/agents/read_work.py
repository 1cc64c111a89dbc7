"""What an agent left in its work tree, read as data: the files its task may write, and no others.

Whoever wrote there may have put links, devices or another repository in the place of anything, so
every folder and file is opened by itself, below the descriptor of the one before, following no
link, and nothing there is ever run, not even git.
"""

import contextlib
import hashlib
import os
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bot.git.objects import Entry
from bot.text.invisible import make_printable
from runners.edits import EditError
from runners.edits.openat import (
    DIRECTORY_FLAGS,
    FILE_FLAGS,
    ROOT_FLAGS,
    open_parent,
    safe_path,
    stat_plain_file,
)

MAX_WRITTEN_BYTES = 4 * 1024 * 1024
"""Of one file that a task writes."""
MAX_COMPARED_BYTES = 1024 * 1024 * 1024
"""Of files that no task may write, read to tell whether they changed."""
MAX_ENTRIES = 200_000
MAX_DEPTH = 40
MAX_NAMED = 5
CACHE_FOLDERS = frozenset(
    {
        ".cache", ".git", ".mypy_cache", ".pytest_cache", ".ruff_cache", "__pycache__", "build",
        "dist", "node_modules", "target",
    }
)  # fmt: skip
"""What tools make by themselves: that it is there says nothing of what was changed."""
SHA1_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class AgentWork:
    """`files` are those of the task's own that differ from where it started; None: removed.

    `refused` says what else it did, none of which counts.
    """

    files: Mapping[str, bytes | None]
    refused: tuple[str, ...] = ()


def read_work(  # noqa: PLR0913  # a work tree, and what of it counts
    folder: Path,
    start: Mapping[str, Entry],
    own: Collection[str],
    *,
    removable: Collection[str] = (),
    unseen: Collection[str] = (),
    made_by_setup: Sequence[str] = (),
) -> AgentWork:
    """`start` is the tree it began with, `own` the paths that the task may write.

    `removable` are those of them that the plan has deleted, `unseen` what it was never shown,
    `made_by_setup` what stands beside the tree for every check.
    """
    files: dict[str, bytes | None] = {}
    refused: list[str] = []
    for path in sorted(own):
        entry = start.get(path)
        try:
            content = _read_file(folder, path)
        except EditError as exc:
            refused.append(exc.reason)
            continue
        except PermissionError:
            refused.append(f"{make_printable(path)} may not be read")
            continue
        if content is None and entry is not None:
            if path in removable:
                files[path] = None
            elif path not in unseen:
                refused.append(f"{make_printable(path)} was removed, which the task may not")
        elif content is not None and not (entry and _is_same(entry, content)):
            files[path] = content
    if others := _describe_others(folder, start, {*own, *unseen}, made_by_setup):
        refused.append(others)
    return AgentWork(files, tuple(refused))


def _read_file(folder: Path, path: str) -> bytes | None:
    """Its content, None where it is not there. Raises EditError for anything but a plain file."""
    path = safe_path(path)
    with ExitStack() as stack:
        parent = open_parent(stack, folder, path, None)
        found = stat_plain_file(parent, path) if parent is not None else None
        if parent is None or found is None:
            return None
        descriptor = os.open(path.rsplit("/", 1)[-1], FILE_FLAGS, dir_fd=parent)
        stack.callback(os.close, descriptor)
        return _read_descriptor(descriptor, path)


def _read_descriptor(descriptor: int, path: str) -> bytes:
    # What was looked at by its name may be another one by now.
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise EditError(f"{path} is no plain file")
    content = b""
    while chunk := os.read(descriptor, 1 << 20):
        content += chunk
        if len(content) > MAX_WRITTEN_BYTES:
            raise EditError(f"{path} is larger than {MAX_WRITTEN_BYTES >> 20} MiB")
    return content


def _describe_others(
    folder: Path, start: Mapping[str, Entry], known: Collection[str], made_by_setup: Sequence[str]
) -> str:
    """Which files that are not the task's were changed, made or removed; empty for none."""
    changed, seen = [], set()
    budget = MAX_COMPARED_BYTES
    for path, parent, name, found in _walk(folder):
        seen.add(path)
        if path in known:
            continue
        entry = start.get(path)
        if entry is None:
            above = {"/".join(path.split("/")[:n]) for n in range(1, path.count("/") + 2)}
            if CACHE_FOLDERS.isdisjoint(path.split("/")) and above.isdisjoint(made_by_setup):
                changed.append(path)
            continue
        budget -= found.st_size
        if _differs(parent, name, found, entry, can_read=budget > 0):
            changed.append(path)
    gone = (
        p for p, e in start.items() if e.kind in {"file", "symlink"} and p not in seen | {*known}
    )
    changed += gone if len(seen) < MAX_ENTRIES else ()
    if not changed:
        return ""
    names = ", ".join(make_printable(path, 100) for path in sorted(changed)[:MAX_NAMED])
    more = f" and {len(changed) - MAX_NAMED} more" if len(changed) > MAX_NAMED else ""
    return f"not the task's to write, so left out: {names}{more}"


def _walk(folder: Path) -> Iterator[tuple[str, int, str, os.stat_result]]:
    """All that is no folder: its path, its folder's descriptor, its name there, its status."""
    to_visit, entries = [""], 0
    with ExitStack() as stack:
        root = os.open(folder, ROOT_FLAGS)
        stack.callback(os.close, root)
        while to_visit and entries < MAX_ENTRIES:
            inside = to_visit.pop()
            with _open_folder(root, inside) as opened:
                for name in _list_names(opened):
                    entries += 1
                    path = f"{inside}/{name}" if inside else name
                    with contextlib.suppress(OSError):
                        found = os.stat(name, dir_fd=opened, follow_symlinks=False)
                        if not stat.S_ISDIR(found.st_mode):
                            yield path, opened, name, found
                        elif path.count("/") < MAX_DEPTH and name != ".git":
                            to_visit.append(path)


@contextlib.contextmanager
def _open_folder(root: int, path: str) -> Iterator[int]:
    """Its descriptor, -1 where it is none any more."""
    with ExitStack() as stack:
        opened = root
        try:
            for part in path.split("/") if path else ():
                opened = os.open(part, DIRECTORY_FLAGS, dir_fd=opened)
                stack.callback(os.close, opened)
        except OSError:
            opened = -1
        yield opened


def _list_names(folder: int) -> list[str]:
    try:
        return sorted(os.listdir(folder)) if folder >= 0 else []
    except OSError:
        return []


def _differs(
    parent: int, name: str, found: os.stat_result, entry: Entry, *, can_read: bool
) -> bool:
    if entry.kind == "symlink":
        return not stat.S_ISLNK(found.st_mode) or not _is_same(
            entry, os.fsencode(os.readlink(name, dir_fd=parent))
        )
    if entry.kind != "file" or not stat.S_ISREG(found.st_mode):
        return True
    if entry.size not in {-1, found.st_size}:
        return True
    return can_read and _hash_file(parent, name, found.st_size, entry) != entry.sha


def _hash_file(parent: int, name: str, size: int, entry: Entry) -> str:
    descriptor = os.open(name, FILE_FLAGS, dir_fd=parent)
    with os.fdopen(descriptor, "rb") as file:
        digest = _begin_hash(entry, size)
        while chunk := file.read(1 << 20):
            digest.update(chunk)
        return digest.hexdigest()


def _is_same(entry: Entry, content: bytes) -> bool:
    digest = _begin_hash(entry, len(content))
    digest.update(content)
    return entry.kind in {"file", "symlink"} and digest.hexdigest() == entry.sha


def _begin_hash(entry: Entry, size: int) -> "hashlib._Hash":
    """As git names what a file holds."""
    # https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
    kind = "sha1" if len(entry.sha) == SHA1_CHARACTERS else "sha256"
    return hashlib.new(kind, f"blob {size}\0".encode(), usedforsecurity=False)
