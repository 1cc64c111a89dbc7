"""What a setup command left in its copy of the checkout, told from what it was given."""

import os
from pathlib import Path


def drop_copied(made: Path, checkout: Path) -> None:
    """Only what setup made stays: a stale copy of the code must never be what a check imports.

    Goes from the top down and into no link, so nothing outside `made` is ever touched. What setup
    turned from a file into a folder, or the other way round, is something that it made.
    """
    for folder, folders, files in os.walk(checkout):
        relative = Path(folder).relative_to(checkout)
        if not _is_folder(made / relative):
            folders.clear()
            continue
        # os.walk lists a link to a folder among the folders, and does not go into it:
        # https://docs.python.org/3.11/library/os.html#os.walk
        for name in files + [f for f in folders if (Path(folder) / f).is_symlink()]:
            if not _is_folder(made / relative / name):
                (made / relative / name).unlink(missing_ok=True)


def find_new_paths(made: Path, checkout: Path) -> list[str]:
    """The paths below `made` that the checkout does not have, without those below them."""
    found: list[str] = []
    for folder, folders, files in os.walk(made):
        relative = Path(folder).relative_to(made)
        new = [n for n in folders + files if not os.path.lexists(checkout / relative / n)]
        found += [str(relative / name) for name in new]
        kept = (n for n in folders if n not in new and _is_folder(checkout / relative / n))
        folders[:] = [n for n in kept if not (Path(folder) / n).is_symlink()]
    return sorted(found)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
