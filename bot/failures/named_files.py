"""Which files of a repository a tool's words name: whole segments of a path count, never a part.

A machine of CI names a file from its own root, a tool from the folder it ran in.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from types import MappingProxyType

from bot.failures.places import FOREIGN

MAX_WORD_CHARACTERS = 400
MAX_WORDS = 20_000
"""Looked at in one text: a hostile log may name more."""
WORD = re.compile(r"(?:file:/{0,3})?(?:[A-Za-z]:(?=[\\/]))?[\w./\\@~+$-]+")
DRIVE = re.compile(r"^/?[A-Za-z]:(?=/)")
# Where a runner of Actions checks out, on its own machines, in containers and on other people's:
# https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
CHECKOUT = re.compile(
    r"^(?:/home/runner/work|/Users/runner/work|/__w|[A-Za-z]:/a|(?:/[\w.+-]+){0,20}/_work)"
    r"/(?!_)[^/]+/[^/]+/|^/github/workspace/"
)
# What the runner has besides: actions' own code, tools, temporary files.
RUNNERS_OWN = re.compile(
    r"/_(?:actions|temp|tool|PipelineMapping)/|hostedtoolcache/|^/(?:etc|nix)/"
)
MIN_SEGMENTS = 2
"""Of a path's end that stand for it where another folder is named before them."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A repository's paths; `ending` has them by their last segment."""

    paths: frozenset[str]
    ending: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


def make_tree(paths: Iterable[str]) -> Tree:
    ending: dict[str, list[str]] = {}
    known = sorted(paths)
    for path in known:
        ending.setdefault(path.rpartition("/")[2], []).append(path)
    grouped = {name: tuple(group) for name, group in ending.items()}
    return Tree(frozenset(known), MappingProxyType(grouped))


def find_named_files(text: str, tree: Tree) -> tuple[str, ...]:
    """The files that `text` names, in the order in which it does; each once."""
    words = dict.fromkeys(_find_words(text))
    return tuple(dict.fromkeys(path for word in words for path in resolve_path(word, tree)))


def _find_words(text: str) -> Iterator[str]:
    for at, found in enumerate(WORD.finditer(text)):
        if at == MAX_WORDS:
            return
        if len(found[0]) <= MAX_WORD_CHARACTERS:
            yield found[0]


def resolve_path(written: str, tree: Tree) -> tuple[str, ...]:
    """The file that a path, as a tool writes it, stands for; several where it says too little."""
    path = written.removeprefix("file://").removeprefix("file:").replace("\\", "/").rstrip(".-")
    inside, in_checkout = CHECKOUT.subn("", path)
    if RUNNERS_OWN.search(path) or FOREIGN.search(inside):
        return ()
    absolute = not in_checkout and path.startswith("/")
    absolute = absolute or DRIVE.match(inside) is not None
    segments = [each for each in DRIVE.sub("", inside).split("/") if each not in {"", ".", ".."}]
    if not segments or segments[-1] not in tree.ending:
        return ()
    for at in range(len(segments)):
        end = "/".join(segments[at:])
        if end in tree.paths:
            is_enough = at == 0 or absolute or len(segments) - at >= MIN_SEGMENTS
            return (end,) if is_enough else ()
    if absolute or in_checkout:
        return ()
    # Relative to a folder: the tool did not run in the repository's root.
    tail = PurePosixPath(*segments).parts
    return tuple(
        p for p in tree.ending[segments[-1]] if PurePosixPath(p).parts[-len(tail) :] == tail
    )
