"""Refusing a new file whose path differs from that of an existing one by letter case alone.

On a file system that ignores case only one of the two can be there:
https://git-scm.com/docs/git-config#Documentation/git-config.txt-coreignoreCase
"""

import os
from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path

from runners.edits.model import EditError, Edits
from runners.edits.openat import open_parent, safe_path


def refuse_other_case(root: Path, edits: Edits) -> None:
    """Raises `EditError` that names the file there is; one that the edits delete is no rival."""
    deleted = {safe_path(path) for path, data in edits.files.items() if data is None}
    for path, data in edits.files.items():
        if data is not None and (found := _find_other_case(root, safe_path(path), deleted)):
            raise EditError(
                f"{path}: there is {found} already, which differs in upper and lower case alone",
                f"Write {found} as it is spelled there.",
            )


def _find_other_case(root: Path, path: str, deleted: Collection[str]) -> str:
    """The path of the file or folder that is spelled in another case; empty where there is none."""
    parts = path.split("/")
    for depth, part in enumerate(parts):
        above = "/".join(parts[:depth])
        names = _list_names(root, f"{above}/{part}" if above else part)
        if part in names:
            continue
        alike = [name for name in names if name.casefold() == part.casefold()]
        found = [f"{above}/{name}" if above else name for name in sorted(alike)]
        left = [
            x for x in found if not any(each == x or each.startswith(x + "/") for each in deleted)
        ]
        return "/".join([left[0], *parts[depth + 1 :]]) if left else ""
    return ""


def _list_names(root: Path, path: str) -> list[str]:
    """What stands in the folder of the file."""
    with ExitStack() as stack:
        parent = open_parent(stack, root, path, None)
        return [] if parent is None else os.listdir(parent)  # noqa: PTH208 - a descriptor
