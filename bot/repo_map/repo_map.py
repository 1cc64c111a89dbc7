"""The map of a commit: what is on it, which of it a text is about, who defines and calls what."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from bot.code import Outline, Symbol
from bot.code.path_index import PathIndex, is_manifest
from bot.config.repository import MapConfig
from bot.git.repo import Repo
from bot.models.token_count import ESTIMATE
from bot.repo_map import import_graph
from bot.repo_map.boosts import NEIGHBOURS_OF, by_definition, by_name, by_neighbours
from bot.repo_map.cache import BlobCache
from bot.repo_map.file_terms import unread
from bot.repo_map.files import Source, sources
from bot.repo_map.question import Question, question
from bot.repo_map.ranking import Ranked, by_words, named
from bot.repo_map.reader import Reader
from bot.repo_map.text import DETAILED, Chart, render

PER_FILE = 160
"""Tokens of the room for each file whose definitions are looked at."""
LEAST = 5
"""Files whose definitions are looked at however small the room."""
CHARTS = 16
"""Answers a map remembers: attempts at one task ask the same again."""


@dataclass(frozen=True, eq=False)
class RepoMap:
    """`files` by path. Everything follows from the commit's tree alone."""

    repo: Repo
    tree: str
    config: MapConfig
    files: tuple[Source, ...]
    reader: Reader

    def chart(self, text: str, tokens: int, count: Callable[[str], int] = ESTIMATE) -> Chart:
        """What a model should see of the repository to work on `text`, in at most `tokens`.

        Without a text, the files that most others import.
        """
        return self._charts(text, tokens, count)

    @cached_property
    def _charts(self) -> Callable[[str, int, Callable[[str], int]], Chart]:
        return lru_cache(CHARTS)(self._chart)

    def _chart(self, text: str, tokens: int, count: Callable[[str], int]) -> Chart:
        asked = question(text)
        detailed = min(DETAILED, LEAST + tokens // PER_FILE)
        ranked = self.ranked(asked, detailed) or self.central()
        outlines = self.outlines(one.path for one in ranked[:detailed])
        return render(ranked, outlines, asked, tokens, count)

    def ranked(self, asked: Question, detailed: int = DETAILED) -> list[Ranked]:
        """Every file that has to do with it, best first; the best `detailed` are looked into."""
        if not asked.words and not asked.paths:
            return []
        ranked = by_words(asked, self.reader.words(self.repo, self.files))
        best = ranked[0].score if ranked else 1.0
        said = {path: how for how, path in named(asked, self.files)}
        known = {one.path for one in ranked}
        ranked += [Ranked(self.by_path[path], 0.0, ()) for path in said if path not in known]
        ranked = by_name(ranked, said, best)
        outlines = self.outlines(one.path for one in ranked[:detailed])
        ranked = by_definition(ranked, asked, outlines, best)
        imports = {
            path: import_graph.imported(path, one, self.paths) for path, one in outlines.items()
        }
        near = import_graph.beside([one.path for one in ranked[:NEIGHBOURS_OF]], imports)
        new = {other for others in near.values() for other, _ in others} - known
        return by_neighbours(ranked, near, {one.path: one for one in self._on_the_map(new)})

    def drawn(self, text: str, most: int) -> tuple[list[Ranked], Mapping[str, Sequence[str]]]:
        """The graph for a picture: files, best first, and what each of the first `most` imports."""
        ranked = self.ranked(question(text))
        if not ranked:
            return self.central(), self.imports
        return ranked, self._imports(self.by_path[one.path] for one in ranked[:most])

    def central(self) -> list[Ranked]:
        """Every file by how many import it."""
        return import_graph.central(self._on_the_map(self.by_path), self.imports)

    def _on_the_map(self, paths: Iterable[str]) -> Iterator[Source]:
        """Those whose content does not show that a tool made them."""
        asked = [self.by_path[path] for path in sorted(paths)]
        return (one for one, read in self.reader.words(self.repo, asked) if not read.left_out)

    def outlines(self, paths: Iterable[str]) -> dict[str, Outline]:
        asked = [self.by_path[path] for path in paths]
        found = self.reader.outlines(self.repo, asked)
        return {source.path: one for source, one in found if one is not None}

    def find(self, name: str) -> list[tuple[str, int, int]]:
        """Where a name is defined: path, first and last line."""
        return [(path, symbol.first, symbol.last) for path, symbol in self.defined(name)]

    def defined(self, name: str) -> list[tuple[str, Symbol]]:
        return list(import_graph.defining(name, self._holding(name)))

    def callers(self, name: str) -> list[tuple[str, Symbol]]:
        return list(import_graph.calling(name, self._holding(name)))

    def _holding(self, name: str) -> Mapping[str, Outline]:
        held = import_graph.holders(name, self.reader.words(self.repo, self.files))
        return self.outlines(source.path for source in held)

    @cached_property
    def imports(self) -> Mapping[str, Sequence[str]]:
        """Every file's imports: the whole graph, for which every file must be parsed once."""
        return self._imports(self.files)

    def _imports(self, files: Iterable[Source]) -> dict[str, list[str]]:
        coded = [source for source in files if source.language]
        return {
            source.path: import_graph.imported(source.path, one, self.paths)
            for source, one in self.reader.outlines(self.repo, coded)
            if one is not None
        }

    @cached_property
    def by_path(self) -> Mapping[str, Source]:
        return {source.path: source for source in self.files}

    @cached_property
    def paths(self) -> PathIndex:
        manifests = [s for s in self.files if is_manifest(s.path) and not unread(s.size)]
        shas = {source.path: source.sha for source in manifests}
        bodies = self.repo.blobs(shas.values())
        return PathIndex(self.by_path, {p: bodies[sha] for p, sha in shas.items() if sha in bodies})


class Maps:
    """The maps of one process. Of one commit after another only what changed is read."""

    def __init__(self, kept: BlobCache | None = None) -> None:
        self._reader = Reader(kept or BlobCache())
        self._last: RepoMap | None = None

    def of(self, repo: Repo, rev: str, config: MapConfig | None = None) -> RepoMap:
        """The map of a commit or tree that is there."""
        tree = repo.resolve(rev, "tree")
        config = config or MapConfig()
        last = self._last
        if last is None or (last.repo, last.tree, last.config) != (repo, tree, config):
            files = sources(repo.entries(tree), exclude=config.exclude, include=config.include)
            self._last = last = RepoMap(repo, tree, config, tuple(files), self._reader)
        return last


def shared_maps() -> Maps:
    """The maps of this process, whoever asks."""
    return _maps_at(*(os.environ.get(name, "") for name in ("XDG_CACHE_HOME", "HOME")))


@lru_cache(maxsize=1)
def _maps_at(_cache: str, _home: str) -> Maps:
    return Maps(BlobCache())
