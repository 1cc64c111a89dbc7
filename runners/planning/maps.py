"""The map of the repository as the planner meets it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.config import MapConfig
from bot.context.repo_map import Maps, RepoMap
from bot.context.repo_map.question import question
from bot.git import Repo
from bot.tiers.tokens import estimate

ANY = "Files of the repository:"


@dataclass(frozen=True, slots=True)
class Area:
    """What is in a commit: the map for a text, and where a name is defined."""

    whole: RepoMap

    def text(self, query: str, tokens: int) -> str:
        """The map for `query`, in at most `tokens`; where nothing has to do with it, any files."""
        return self.whole.chart(query, tokens).text or _any([*self.whole.by_path], tokens)

    def find(self, name: str) -> Sequence[tuple[str, int, int]]:
        """(path, first line, last line) of each definition, as `name` or as `Owner.name`."""
        owner, _, last = name.replace("::", ".").rpartition(".")
        ranked, outlines = self.whole.ranked(question(name))
        return [
            (one.path, symbol.first, symbol.last)
            for one in ranked
            if one.path in outlines
            for symbol in outlines[one.path].symbols
            if symbol.name == last and f".{symbol.owner}".endswith(f".{owner}" if owner else "")
        ]

    def definitions(self, path: str) -> Sequence[tuple[int, str]]:
        """(line, signature) of everything the file defines; nothing for one that is not mapped."""
        found = self.whole.outlines([path] if path in self.whole.by_path else [])
        return [(s.first, s.signature) for outline in found.values() for s in outline.symbols]


def open_map(repo: Repo, commit: str, config: MapConfig) -> Area:
    return Area(Maps().of(repo, commit, config))


def paths_in(map_: str, known: Collection[str]) -> frozenset[str]:
    """The files a map names, each on a line of its own."""
    return frozenset(map_.split("\n")) & set(known)


def _any(paths: Sequence[str], tokens: int) -> str:
    text = f"{ANY}\n"
    for path in paths:
        longer = f"{text}{path}\n"
        if estimate(longer) > tokens or not path.isprintable():
            break
        text = longer
    return text if text.count("\n") > 1 else ""
