"""The map of the repository as the planner meets it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.config import MapConfig
from bot.context.repo_map import RepoMap, shared_maps
from bot.git import Repo
from bot.tiers.counting import estimator


@dataclass(frozen=True, slots=True)
class Area:
    """What is in a commit: the map for a text, and where a name is defined."""

    whole: RepoMap

    def text(self, query: str, tokens: int, models: Sequence[str] = ()) -> str:
        """The map for `query`, in at most `tokens` for each of the models."""
        return self.whole.chart(query, tokens, estimator(models)).text

    def find(self, name: str) -> Sequence[tuple[str, int, int]]:
        """(path, first line, last line) of each definition, as `name` or as `Owner.name`."""
        return self.whole.find(name.replace("::", "."))

    def definitions(self, path: str) -> Sequence[tuple[int, str]]:
        """(line, signature) of everything the file defines; nothing for one that is not mapped."""
        found = self.whole.outlines([path] if path in self.whole.by_path else [])
        return [(s.first, s.signature) for outline in found.values() for s in outline.symbols]


def open_map(repo: Repo, commit: str, config: MapConfig) -> Area:
    return Area(shared_maps().of(repo, commit, config))


def paths_in(map_: str, known: Collection[str]) -> frozenset[str]:
    """The files a map names, each on a line of its own."""
    return frozenset(map_.split("\n")) & set(known)
