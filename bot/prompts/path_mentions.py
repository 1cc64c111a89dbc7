"""The files a text speaks of, and for those that are not there the closest that are."""

import difflib
import functools
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

_URL = re.compile(r"(?<![a-zA-Z0-9+.-])[a-zA-Z][a-zA-Z0-9+.-]*+://\S+")
_PATH = re.compile(
    r"(?<![\w./~@-])[~/]?(?:\.{1,2}/)?(?:[\w.@-]+/)*[\w@-][\w.@-]*\.[A-Za-z]\w{0,7}\b"
)
_CODE = frozenset({
    "c", "cc", "cfg", "cpp", "cs", "css", "go", "h", "hpp", "html", "ini", "java", "js", "json",
    "jsx", "kt", "md", "php", "py", "pyi", "rb", "rs", "rst", "scala", "sh", "sql", "swift",
    "toml", "ts", "tsx", "txt", "xml", "yaml", "yml",
})  # fmt: skip
MAX_MISSING = 50
"""Missing paths that are listed; what is closest is looked for only for the first few."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """`there`: tracked paths. `missing`: (what the text names, the closest tracked paths)."""

    there: tuple[str, ...] = ()
    missing: tuple[tuple[str, tuple[str, ...]], ...] = ()


def find_mentions(text: str, tracked: Collection[str]) -> Mentions:
    """A path may be written short or from the root of another machine: its end decides then."""
    known = set(tracked)
    ends = {PurePosixPath(path).suffix.removeprefix(".").casefold() for path in known} | _CODE
    by_name: dict[str, list[str]] = {}
    for path in sorted(known):
        by_name.setdefault(PurePosixPath(path).name, []).append(path)
    there: dict[str, None] = {}
    missing: dict[str, None] = {}
    for word in dict.fromkeys(_PATH.findall(_URL.sub(" ", text))):
        name = re.sub(r"^(?:\.{1,2}/)+", "", word)
        if name.rpartition(".")[2].casefold() not in ends:
            continue
        if found := _tracked_paths(name, by_name.get(PurePosixPath(name).name, ())):
            there.update(dict.fromkeys(found))
        elif not name.startswith(("/", "~")):
            missing[name] = None
    closest = closest_finder(lambda: known)
    missing_with_closest = [(name, closest(name)) for name in [*missing][:MAX_MISSING]]
    return Mentions(tuple(there), tuple(missing_with_closest))


def _tracked_paths(name: str, named_so: Collection[str]) -> list[str]:
    """The tracked paths a name stands for: itself, or those that end so, or that it ends with."""
    if name in named_so:
        return [name]
    return [
        path
        for path in named_so
        if path.endswith(f"/{name}") or ("/" in path and name.endswith(f"/{path}"))
    ]


MAX_CLOSEST = 3
# Comparing takes quadratic time: https://docs.python.org/3.11/library/difflib.html
_MAX_PATH_CHARS = 200


def find_closest(path: str, known: Iterable[str], most: int = MAX_CLOSEST) -> tuple[str, ...]:
    """Those of the same file name first, then those spelled alike; nearest first."""
    paths = sorted(set(known))
    wanted = path[-_MAX_PATH_CHARS:]
    name = PurePosixPath(wanted).name.casefold()
    same = [item for item in paths if PurePosixPath(item).name.casefold() == name]
    same.sort(key=lambda item: (-difflib.SequenceMatcher(None, wanted, item).ratio(), item))
    names: dict[str, list[str]] = {}
    for item in paths:
        names.setdefault(PurePosixPath(item).name.casefold(), []).append(item)
    alike = difflib.get_close_matches(name, names, n=most, cutoff=0.6)
    near = [item for each in alike for item in names[each]]
    if not same and not near:
        near = difflib.get_close_matches(wanted, paths, n=most, cutoff=0.75)
    return tuple(dict.fromkeys([*same, *near]))[:most]


def closest_finder(
    known: Callable[[], Collection[str]], most: int = 10
) -> Callable[[str], tuple[str, ...]]:
    """Find what is closest for the first `most` paths: each is compared with every known one."""
    paths = functools.cache(known)
    found: dict[str, tuple[str, ...]] = {}

    def find(path: str) -> tuple[str, ...]:
        if path not in found and len(found) < most:
            found[path] = find_closest(path, paths())
        return found.get(path, ())

    return find
