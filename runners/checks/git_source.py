"""Where the `.git` of a check that asks for one comes from."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.git.git_folder import pack_alone, pack_history, write_git_folder
from bot.git.repo import Repo
from runners.sandbox.model import GitCopy


@dataclass(frozen=True, slots=True)
class GitSource:
    """`index` is that of the checkout, by `checkout_tree`; its tree is a commit on `base`.

    In `room` the history is kept, for all checks that share it. `without_history`: it begins with
    `base`, without tags, so that nothing which stood before it can be read.
    """

    repo: Repo
    base: str
    index: Path
    room: Path
    without_history: bool = False


@contextmanager
def open_git_copy(source: GitSource | None) -> Iterator[GitCopy | None]:
    """What a sandbox needs for a `.git` of the check's own; None without a source."""
    if source is None:
        yield None
        return
    history = _find_history(source)
    tree = source.repo.read_output("write-tree", env={"GIT_INDEX_FILE": str(source.index)})
    with tempfile.TemporaryDirectory(prefix="git-", dir=source.room) as room:
        folder = Path(room) / "git"
        write_git_folder(source.repo, source.base, tree, folder, history)
        yield GitCopy(folder, history)


def _find_history(source: GitSource) -> Path:
    """Made by whoever needs it first; another lane may do the same at a time."""
    kind = "shallow" if source.without_history else "history"
    history = source.room / f"{kind}-{source.base[:16]}"
    if not history.is_dir():
        with tempfile.TemporaryDirectory(prefix="history-", dir=source.room) as room:
            made = Path(room) / "history"
            pack = pack_alone if source.without_history else pack_history
            pack(source.repo, source.base, made)
            try:
                made.rename(history)
            except OSError:
                # Not empty: the other one was faster. https://man7.org/linux/man-pages/man2/rename.2.html
                if not history.is_dir():
                    raise
                shutil.rmtree(made)
    return history
