"""The map of a commit: what is on it, which of it a text is about, who defines and calls what."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from bot.config import MapConfig
from bot.context.code import Outline, Symbol
from bot.context.code.paths import Paths, is_manifest
from bot.context.repo_map import links
from bot.context.repo_map.kept import Kept
from bot.context.repo_map.lifting import NEIGHBOURS_OF, by_definition, by_name, by_neighbours
from bot.context.repo_map.question import Question, question
from bot.context.repo_map.ranking import Ranked, by_words, named
from bot.context.repo_map.reader import Reader
from bot.context.repo_map.rendering import DETAILED, Chart, render
from bot.context.repo_map.sources import Source, sources
from bot.git import Repo
from bot.tiers.tokens import estimate

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

    def chart(self, text: str, tokens: int, count: Callable[[str], int] = estimate) -> Chart:
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
        ranked = self.ranked(asked, detailed) or links.central(self.files, self.imports)
        outlines = self.outlines(one.path for one in ranked[:detailed])
        return render(ranked, outlines, asked, tokens, count)

    def ranked(self, asked: Question, detailed: int = DETAILED) -> list[Ranked]:
        """Every file that has to do with it, best first; the best `detailed` are looked into."""
        ranked = by_words(asked, self.reader.words(self.repo, self.files))
        best = ranked[0].score if ranked else 1.0
        said = {path: how for how, path in named(asked, self.files)}
        known = {one.path for one in ranked}
        ranked += [Ranked(self.by_path[path], 0.0, ()) for path in said if path not in known]
        ranked = by_name(ranked, said, best)
        outlines = self.outlines(one.path for one in ranked[:detailed])
        ranked = by_definition(ranked, asked, outlines, best)
        imports = {path: links.imported(path, one, self.paths) for path, one in outlines.items()}
        near = links.beside([one.path for one in ranked[:NEIGHBOURS_OF]], imports)
        return by_neighbours(ranked, near, self.by_path)

    def outlines(self, paths: Iterable[str]) -> dict[str, Outline]:
        return self.reader.outlines(self.repo, [self.by_path[path] for path in paths])

    def find(self, name: str) -> list[tuple[str, int, int]]:
        """Where a name is defined: path, first and last line."""
        return [(path, symbol.first, symbol.last) for path, symbol in self.defined(name)]

    def defined(self, name: str) -> list[tuple[str, Symbol]]:
        return list(links.defining(name, self._holding(name)))

    def callers(self, name: str) -> list[tuple[str, Symbol]]:
        return list(links.calling(name, self._holding(name)))

    def _holding(self, name: str) -> Mapping[str, Outline]:
        held = links.holders(name, self.reader.words(self.repo, self.files))
        return self.outlines(source.path for source in held)

    @cached_property
    def imports(self) -> Mapping[str, Sequence[str]]:
        """Every file's imports: the whole graph, for which every file must be parsed once."""
        outlines = self.outlines(source.path for source in self.files if source.language)
        return {path: links.imported(path, one, self.paths) for path, one in outlines.items()}

    @cached_property
    def by_path(self) -> Mapping[str, Source]:
        return {source.path: source for source in self.files}

    @cached_property
    def paths(self) -> Paths:
        shas = {source.path: source.sha for source in self.files if is_manifest(source.path)}
        bodies = self.repo.blobs(shas.values())
        return Paths(self.by_path, {p: bodies[sha] for p, sha in shas.items() if sha in bodies})


class Maps:
    """The maps of one process. Of one commit after another only what changed is read."""

    def __init__(self, kept: Kept | None = None) -> None:
        self._reader = Reader(kept or Kept())
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
