"""Files of a repository's `.git` that no git makes: pipes, devices, references that lead elsewhere.

A git that opens a pipe waits for ever, and one that writes a reference through a link writes
outside of the repository. Such a `.git` comes with an archive that somebody else packed.
"""

import functools
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from bot.errors import UserError
from bot.text.invisible import make_printable

_READ = ("objects", "refs", "logs", "reftable")
"""Folders of https://git-scm.com/docs/gitrepository-layout that git reads or writes for us."""
_WRITTEN = ("refs", "logs")
HINT = "Clone it anew with git, which brings no such files."


@functools.cache
def require_usual_files(git_dir: Path) -> None:
    """Looked at once in a process. Raises UserError."""
    for file, why in _find_odd(git_dir):
        raise UserError(f"{make_printable(str(file), 200)} {why}", hint=HINT)


def _find_odd(git_dir: Path) -> Iterator[tuple[Path, str]]:
    """Each odd file with what is wrong with it."""
    for path, _ in _list_files(git_dir):
        if not _is_usual(path):
            yield path, "is no file: git would wait for it"
    for name in _READ:
        # A folder that is itself a link belongs to a second work tree:
        # https://github.com/git/git/blob/master/contrib/workdir/git-new-workdir
        top = (git_dir / name).resolve()
        for folder, _, _ in os.walk(top):
            for path, is_link in _list_files(Path(folder)):
                if not _is_usual(path):
                    yield path, "is no file: git would wait for it"
                if is_link and name in _WRITTEN and not path.resolve().is_relative_to(top):
                    yield path, "is a link that leads out of the repository"


def _list_files(folder: Path) -> Iterator[tuple[Path, bool]]:
    """What is in it and neither a plain file nor a folder, with whether it is a link."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_symlink() or not (
                    entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False)
                ):
                    yield Path(entry.path), entry.is_symlink()
    except OSError:
        return  # git itself says what it cannot read


def _is_usual(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return True  # a link to nothing
    # git itself keeps a socket of its monitor there, and opens it for nothing else:
    # https://git-scm.com/docs/git-fsmonitor--daemon
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISSOCK(mode)
