"""An index of a repository's paths, built once: every question after that is a look-up."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

MAX_MANIFEST_BYTES = 64 * 1024
"""How much of a manifest is looked at."""
# https://go.dev/ref/mod#go-mod-file-module
GO_MODULE = re.compile(rb"^\s*module\s+\"?([^\s\"]+)", re.MULTILINE)


def is_manifest(path: str) -> bool:
    """Whether `PathIndex` wants the bytes of this file."""
    return path.rpartition("/")[2] == "go.mod"


def join_path(folder: str, name: str) -> str:
    """Both as one path without `.` and `..`; empty where it leads out of the repository."""
    parts: list[str] = []
    for part in f"{folder}/{name}".split("/"):
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def folder_of(path: str) -> str:
    return path.rpartition("/")[0]


class PathIndex:
    """`manifests` are the bytes of the files `is_manifest` names, by path."""

    def __init__(self, paths: Iterable[str], manifests: Mapping[str, bytes] | None = None) -> None:
        self.files = frozenset(paths)
        self._by_folder: dict[str, list[str]] = defaultdict(list)
        self._by_end: dict[str, list[str]] = defaultdict(list)
        self._folders_by_end: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self.files):
            self._by_folder[folder_of(path)].append(path)
            for end in _path_ends(path):
                self._by_end[end].append(path)
        for folder in self._by_folder:
            for end in _path_ends(folder):
                self._folders_by_end[end].append(folder)
        self.go_modules = _go_modules(manifests or {})
        self.resolved: dict[tuple[object, str, str], tuple[str, ...]] = {}

    def first_existing(self, *candidates: str) -> tuple[str, ...]:
        """The first of these that is a file."""
        return next(((each,) for each in candidates if each and each in self.files), ())

    def files_in(self, folder: str) -> tuple[str, ...]:
        """The files right in a folder, sorted."""
        return tuple(self._by_folder.get(folder, ()))

    def files_ending(self, end: str) -> tuple[str, ...]:
        """The files whose path ends with these whole parts, sorted."""
        return _look_up(self._by_end, end)

    def folders_ending(self, end: str) -> tuple[str, ...]:
        return _look_up(self._folders_by_end, end)

    def only_file_ending(self, end: str) -> tuple[str, ...]:
        """The file with this end if there is one, tests aside; nothing where there are several."""
        return pick_single(self.files_ending(end))


def pick_single(paths: tuple[str, ...]) -> tuple[str, ...]:
    if len(paths) > 1:
        paths = tuple(path for path in paths if not {"test", "tests"} & set(path.split("/")))
    return paths if len(paths) == 1 else ()


def _path_ends(path: str) -> tuple[str, ...]:
    """The last part and the last two: what a longer end is looked up by."""
    parts = path.rsplit("/", 2)
    return (parts[-1],) if len(parts) == 1 else (parts[-1], "/".join(parts[-2:]))


def _look_up(index: Mapping[str, list[str]], end: str) -> tuple[str, ...]:
    found = index.get("/".join(end.rsplit("/", 2)[-2:]), ())
    if end.count("/") < 2:  # noqa: PLR2004 - the index answers for one part and for two
        return tuple(found)
    return tuple(path for path in found if path == end or path.endswith(f"/{end}"))


def _go_modules(manifests: Mapping[str, bytes]) -> tuple[tuple[str, str], ...]:
    """(module, its folder), the longest module first."""
    found = [
        (named[1].decode("utf-8", "replace"), folder_of(path))
        for path in manifests
        if is_manifest(path) and (named := GO_MODULE.search(manifests[path][:MAX_MANIFEST_BYTES]))
    ]
    return tuple(sorted(found, key=lambda each: (-len(each[0]), each)))
