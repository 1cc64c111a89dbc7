"""What a check may write of what `[setup]` left: chosen when it is used, by what it takes."""

import json
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from runners.checks.setup_sweep import DONE_FILE
from runners.sandbox.folder_usage import measure_folders
from runners.sandbox.model import Prepared
from runners.sandbox.prepared_paths import (
    HOME_CACHES,
    MODULE_CACHES,
    MODULE_FOLDER,
    choose_copied,
)


def read_prepared(root: Path, writable: Iterable[str], disk_bytes: int) -> Prepared:
    """A complete cache as checks have it. `writable` are the paths that the configuration names."""
    done = json.loads((root / DONE_FILE).read_text())
    fresh = tuple(done["fresh"])
    # A cache of an older release has not written them down.
    sizes = done.get("sizes") or measure_prepared(root, fresh)
    named = [_place_inside(path) for path in writable]
    nested = (path for path in (*named, *_caches(fresh)) if path not in sizes)
    there = tuple(path for path in nested if _is_folder(root / path))
    return Prepared(root, fresh, copied=choose_copied(sizes, named, disk_bytes), nested=there)


def make_nested(root: Path, fresh: Iterable[str], writable: Iterable[str]) -> None:
    """Folders within what setup left that a check will write in: what is mounted needs a place."""
    at_home = [f"home/{path.name}" for path in (root / "home").iterdir()]
    tops = [*(f"repo/{name}" for name in fresh), *at_home]
    for path in (*map(_place_inside, writable), *_caches(fresh)):
        top = next((root / each for each in tops if path.startswith(f"{each}/")), None)
        if top and not (root / path).is_dir() and not _leads_elsewhere(top, root / path):
            (root / path).mkdir(parents=True)
            # podman gives a file system in memory the mode of the folder under it:
            # https://docs.podman.io/en/latest/markdown/podman-run.1.html#tmpfs-fs
            (root / path).chmod(0o777)


def measure_prepared(root: Path, fresh: Iterable[str]) -> dict[str, int]:
    """Bytes on disk by path, as `repo/target`, `home/.cargo` and `home/.cache/go-build`."""
    found = [root / "repo" / name for name in fresh]
    for folder in (root / "home", root / "home" / ".cache"):
        if _is_folder(folder):
            found += [path for path in sorted(folder.iterdir()) if path.name != ".cache"]
    return {str(path.relative_to(root)): _measure(path) for path in found}


def _measure(path: Path) -> int:
    if not _is_folder(path):
        return path.lstat().st_size
    *_, used = measure_folders([path])
    return used.size


def _caches(fresh: Iterable[str]) -> list[str]:
    """Where tools write beside what they installed, whether anything is to be installed or not."""
    folders = [name for name in fresh if PurePosixPath(name).name == MODULE_FOLDER]
    below = [f"repo/{folder}/{name}" for folder in folders for name in MODULE_CACHES]
    return [*below, *HOME_CACHES]


def _place_inside(path: str) -> str:
    return f"home/{path.removeprefix('~/')}" if path.startswith("~/") else f"repo/{path}"


def _leads_elsewhere(top: Path, path: Path) -> bool:
    """What setup left may have a link anywhere: nothing is made behind one."""
    between = [each for each in (path, *path.parents) if each.is_relative_to(top)]
    return any(each.is_symlink() or each.is_file() for each in between)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
