"""What is read of a repository to find out how it is tested: its paths and a few small files.

All of it may be hostile: what is read is bounded, and whatever cannot be parsed holds nothing.
"""

import json
import posixpath
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from bot.git.repo import Repo

MAX_FILE_BYTES = 256 * 1024
"""A manifest that is larger is taken as empty."""


@dataclass(frozen=True)
class SourceTree:
    """The files of one commit. Paths are those of git, from the repository's root."""

    paths: frozenset[str]
    read_bytes: Callable[[str], bytes]

    def has(self, *paths: str) -> bool:
        """Whether any of these files is there."""
        return any(path in self.paths for path in paths)

    def first(self, *paths: str) -> str:
        """The first of these files that is there; empty where none is."""
        return next((path for path in paths if path in self.paths), "")

    def read(self, path: str) -> str:
        """Empty where it is absent or too large."""
        raw = self.read_bytes(path) if path in self.paths else b""
        return raw.decode(errors="replace") if len(raw) <= MAX_FILE_BYTES else ""

    def read_json(self, path: str) -> dict[str, object]:
        try:
            found = json.loads(self.read(path))
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def read_toml(self, path: str) -> dict[str, object]:
        try:
            return tomllib.loads(self.read(path))
        # Its own error is a ValueError: https://docs.python.org/3.11/library/tomllib.html
        except (ValueError, RecursionError):
            return {}

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder, without the root."""
        found: set[str] = set()
        for path in self.paths:
            folder = posixpath.dirname(path)
            while folder and folder not in found:
                found.add(folder)
                folder = posixpath.dirname(folder)
        return frozenset(found)

    def inside(self, folder: str) -> "SourceTree":
        """The part below a folder, its paths from there on."""
        if not folder:
            return self
        start = f"{folder}/"
        paths = frozenset(p.removeprefix(start) for p in self.paths if p.startswith(start))
        return SourceTree(paths, lambda path: self.read_bytes(start + path))


def open_tree(repo: Repo, commit: str) -> SourceTree:
    entries = repo.list_entries(commit)
    files = {p: e for p, e in entries.items() if e.kind == "file"}

    def read(path: str) -> bytes:
        # A size of -1 is a file that a partial clone does not hold.
        if not 0 <= files[path].size <= MAX_FILE_BYTES:
            return b""
        return repo.read_file(commit, path) or b""

    return SourceTree(frozenset(files), read)


def table(data: Mapping[str, object], *keys: str) -> dict[str, object]:
    """The table at these keys; empty where there is none."""
    found: object = data
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def texts(found: object) -> list[str]:
    """The texts of a list, or the text itself."""
    if isinstance(found, str):
        return [found]
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def lists_of_texts(found: Mapping[str, object]) -> dict[str, list[str]]:
    return {key: texts(value) for key, value in found.items()}


def any_named(paths: Iterable[str], *, starts: tuple[str, ...] = (), ends: tuple[str, ...]) -> bool:
    """Whether a file is called so, in whatever folder."""
    names = (path.rpartition("/")[2] for path in paths)
    return any(name.endswith(ends) and (not starts or name.startswith(starts)) for name in names)
