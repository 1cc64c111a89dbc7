"""The files a text speaks of: those that are there, and those that are not."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.prompts.closest_paths import closest_finder

_URL = re.compile(r"\b[a-zA-Z][a-zA-Z0-9+.-]*://\S+")
_PATH = re.compile(
    r"(?<![\w./~@-])[~/]?(?:\.{1,2}/)?(?:[\w.@-]+/)*[\w@-][\w.@-]*\.[A-Za-z]\w{0,7}\b"
)
_CODE = frozenset({
    "c", "cc", "cfg", "cpp", "cs", "css", "go", "h", "hpp", "html", "ini", "java", "js", "json",
    "jsx", "kt", "md", "php", "py", "pyi", "rb", "rs", "rst", "scala", "sh", "sql", "swift",
    "toml", "ts", "tsx", "txt", "xml", "yaml", "yml",
})  # fmt: skip
MAX_MISSING = 50
"""Missing paths that are told; what is closest is looked for only for the first few."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """`there`: tracked paths. `missing`: (what the text names, the closest tracked paths)."""

    there: tuple[str, ...] = ()
    missing: tuple[tuple[str, tuple[str, ...]], ...] = ()


def find_mentions(text: str, tracked: Collection[str]) -> Mentions:
    """A path may be told short or from the root of another machine: its end decides then."""
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
