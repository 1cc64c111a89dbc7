"""A git folder that has a repository's objects and references, and none of its configuration.

A repository's `.git` may name dozens of programs that git starts, and each release of git may add
one: https://git-scm.com/docs/git-config. So git never reads that configuration. It is given a
folder of ours whose links lead to what the repository keeps, and whose few settings are those
without which its objects cannot be read. Hooks, attributes, excludes and grafts of `.git` are not
linked either. Git's own script for a second work tree links in the same way:
https://github.com/git/git/blob/master/contrib/workdir/git-new-workdir
"""

import atexit
import contextlib
import hashlib
import os
import re
import shutil
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from bot.config.paths import find_cache_home
from bot.config.private_dir import make_private
from bot.errors import GitError, UserError
from bot.git.command import LOOK_SECONDS, run_git

# What is not there yet may come later, but for `logs`, which git would make through the link.
_LINKED = ("objects", "refs", "packed-refs", "shallow", "worktrees", "FETCH_HEAD", "ORIG_HEAD")
_LINKED_IF_THERE = ("logs", "reftable")
# https://git-scm.com/docs/git-config#Documentation/git-config.txt-extensions
_KEPT = re.compile(
    r"core\.(?:repositoryformatversion|bare|sharedrepository|logallrefupdates)"
    r"|extensions\.(?:objectformat|compatobjectformat|refstorage|preciousobjects|noop)"
)
_PROMISOR = re.compile(r"extensions\.partialclone|remote\..*\.promisor", re.DOTALL)
_ASKED = r"^(core\.|extensions\.|remote\..*\.promisor$)"
# Words, numbers and modes: nothing that could be a path or a command.
_PLAIN_VALUE = re.compile(r"[A-Za-z0-9]{1,20}")
_MAX_HEAD_BYTES = 4096

_Stamp = tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class CleanDir:
    """`is_partial`: the repository may lack objects, which git would fetch if it were let."""

    path: Path
    is_partial: bool


_known: dict[Path, tuple[_Stamp, CleanDir]] = {}
_lock = threading.Lock()


def open_clean_dir(git_dir: Path) -> CleanDir:
    """The folder to run git in for the repository at `git_dir`, as that is now.

    Raises GitError where it is no repository, or git cannot read its settings.
    """
    stamp = _stamp_of(git_dir / "config")
    with _lock:
        known = _known.get(git_dir)
        if known is None or known[0] != stamp or not (known[1].path / "config").exists():
            known = _known[git_dir] = (stamp, _make(git_dir))
        _copy_head(git_dir, known[1].path)
        return known[1]


def _make(git_dir: Path) -> CleanDir:
    settings = _read_settings(git_dir / "config")
    folder = _find_folder(git_dir)
    for name in (*_LINKED, *(n for n in _LINKED_IF_THERE if (git_dir / n).exists())):
        _link(folder / name, git_dir / name)
    _write(folder / "config", _format_settings(git_dir, settings))
    return CleanDir(folder, any(_PROMISOR.fullmatch(key) for key, _ in settings))


def _read_settings(config: Path) -> list[tuple[str, str]]:
    """(key, value), the key in lower letters but for a name within it."""
    if _stamp_of(config) is None:
        return []
    argv = ("config", "--file", str(config), "-z", "--no-includes", "--get-regexp", _ASKED)
    _, out = run_git(argv, b"", {}, (0, 1), LOOK_SECONDS)
    pairs = (entry.partition("\n") for entry in os.fsdecode(out).split("\0") if entry)
    return [(key, value) for key, _, value in pairs]


def _format_settings(git_dir: Path, settings: list[tuple[str, str]]) -> bytes:
    kept = {"core.bare": "false" if git_dir.name == ".git" else "true"}
    kept |= {
        key: value
        for key, value in settings
        if _KEPT.fullmatch(key) and _PLAIN_VALUE.fullmatch(value)
    }
    lines = (f"[{key.partition('.')[0]}]\n\t{key.partition('.')[2]} = {kept[key]}" for key in kept)
    return "\n".join((*lines, "")).encode()


def _find_folder(git_dir: Path) -> Path:
    """One for each repository, which later processes use again; else one for this process alone."""
    name = hashlib.sha256(os.fsencode(git_dir)).hexdigest()[:16]
    try:
        folder = find_cache_home() / "bricklayer" / "git" / name
        make_private(folder.parent.parent, also_for_root=True)
        if not folder.is_dir():
            _remove_outlived(folder.parent)
            folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except (OSError, UserError):
        pass  # no home folder, a full or read-only one, or another account's
    own = Path(tempfile.mkdtemp(prefix="bricklayer-git-"))
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    return own


def _remove_outlived(folders: Path) -> None:
    """Those whose repository is gone."""
    for objects in folders.glob("*/objects"):
        if objects.is_symlink() and not objects.exists():
            shutil.rmtree(objects.parent, ignore_errors=True)


def _link(link: Path, target: Path) -> None:
    target = target.absolute()
    if link.is_symlink() and link.readlink() == target:
        return
    half = link.with_name(f".{link.name}.{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        half.unlink()
    half.symlink_to(target)
    half.replace(link)


def _copy_head(git_dir: Path, folder: Path) -> None:
    """Git takes no link in its place.

    https://github.com/git/git/blob/master/setup.c (validate_headref)
    """
    head = _read_head(git_dir / "HEAD")
    copy = folder / "HEAD"
    with contextlib.suppress(OSError):
        if copy.read_bytes() == head:
            return
    _write(copy, head)


def _read_head(path: Path) -> bytes:
    try:
        if path.is_symlink() and not path.readlink().is_absolute():  # as git wrote it long ago
            return b"ref: " + os.fsencode(path.readlink()) + b"\n"
        # A pipe in its place would keep us waiting for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            return file.read(_MAX_HEAD_BYTES)
    except OSError as exc:
        raise GitError(("rev-parse", "HEAD"), 128, f"{path}: {exc.strerror}") from exc


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, for another process may read it now."""
    half = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    half.write_bytes(content)
    half.replace(path)


def _stamp_of(path: Path) -> _Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _forget_lock() -> None:
    """In a fork, another thread of the parent may hold it for ever."""
    global _lock  # noqa: PLW0603
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_forget_lock)
