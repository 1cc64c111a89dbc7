"""What is to be removed, how old it has to be, and what came of it.

What goes is moved away first, whole, and then removed: whoever looks for it meanwhile finds all of
it or nothing, and of a clean-up that was killed the next one finds what was left, at once.
"""

import os
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.config.machine import Settings, state_dir
from runners.checks.setup_sweep import remove_tree
from runners.sandbox.folder_usage import measure_folders

DAY_SECONDS = 86_400.0
NOT_ALL = "not all of it could be removed"
_MOVED = "removed"
"""A folder of the state folder; what is in it is nobody's any more."""


@dataclass(frozen=True, slots=True)
class Removal:
    """`what` in words. `size` is in bytes. `kept_because` says why it is left; empty: it went."""

    what: str
    path: str
    size: int = 0
    kept_because: str = ""


@dataclass(frozen=True, slots=True)
class CleanUp:
    """`dry_run`: nothing is removed. `branches`: those set aside go too, `unmerged` ones as well.

    Only what was used last more than `older_than` seconds ago is removed. `now` is the clock, in
    seconds since 1970.
    """

    settings: Settings
    dry_run: bool = False
    older_than: float = 0.0
    branches: bool = False
    unmerged: bool = False
    now: Callable[[], float] = time.time

    def is_old(self, at: float, days: float = 0.0) -> bool:
        """Whether it was used last at least so many days ago, and as long ago as was asked for."""
        return at <= self.find_threshold(days)

    def find_threshold(self, days: float) -> float:
        """What was used last then or before is that old; in seconds since 1970."""
        return self.now() - max(self.older_than, days * DAY_SECONDS)

    def list_folders(self, name: str) -> list[Path]:
        """The folders in that one of the state folder, by name; none where it is not there."""
        top = state_dir(self.settings) / name
        return sorted(each for each in top.iterdir() if each.is_dir()) if top.is_dir() else []

    def remove(self, what: str, where: Path, paths: list[Path]) -> Removal:
        """Remove them, unless this is a rehearsal; a kill in between leaves the rest for later."""
        size = sum(map(measure, paths))
        went = self.dry_run or [self.discard(path) for path in paths]
        return Removal(what, str(where), size, "" if went is True or all(went) else NOT_ALL)

    def discard(self, path: Path) -> bool:
        """Whether all of it is gone."""
        return _remove(self._move_away(path))

    def remove_moved(self) -> Iterator[Removal]:
        """What an earlier clean-up moved away, and was killed before it had removed it."""
        for path in self.list_moved():
            size = measure(path)
            went = self.dry_run or _remove(path)
            what = "what an earlier clean-up had begun to remove"
            yield Removal(what, str(path), size, "" if went else NOT_ALL)

    def list_moved(self) -> list[Path]:
        folder = state_dir(self.settings) / _MOVED
        return sorted(folder.iterdir()) if folder.is_dir() else []

    def _move_away(self, path: Path) -> Path:
        """Where it is now: where it was, if it cannot be moved as a whole."""
        folder = state_dir(self.settings) / _MOVED
        folder.mkdir(exist_ok=True)
        try:
            return path.rename(folder / f"{path.name}-{secrets.token_hex(4)}")
        except OSError:  # on another file system, another account's, or gone
            return path


def measure(path: Path) -> int:
    """Bytes on the disk."""
    if not path.is_dir():
        return found.st_blocks * 512 if (found := _look_at(path)) else 0
    *_, used = measure_folders([path])
    return used.size


def find_newest(paths: list[Path]) -> float:
    """When any of these was changed last, in seconds since 1970; 0 for none."""
    return max((found.st_mtime for path in paths if (found := _look_at(path))), default=0.0)


def _look_at(path: Path) -> os.stat_result | None:
    # What was there when its folder was listed may be gone, or packed, by now.
    try:
        return path.lstat()
    except FileNotFoundError:
        return None


def _remove(path: Path) -> bool:
    if path.is_dir() and not path.is_symlink():
        remove_tree(path)
    else:
        path.unlink(missing_ok=True)
    return not path.exists()
