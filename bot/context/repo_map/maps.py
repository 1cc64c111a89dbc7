"""The map of a commit: what is on it, which of it a text is about."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.config import MapConfig
from bot.context.code import Outline
from bot.context.repo_map.kept import Kept
from bot.context.repo_map.lifting import by_definition, by_name
from bot.context.repo_map.question import Question, question
from bot.context.repo_map.ranking import Ranked, by_words, named
from bot.context.repo_map.reader import Reader
from bot.context.repo_map.rendering import DETAILED, Chart, render
from bot.context.repo_map.sources import Source, sources
from bot.git import Repo
from bot.tiers.tokens import estimate

PER_FILE = 120
"""Tokens of the room for each file whose definitions are looked at."""
LEAST = 5
"""Files whose definitions are looked at however small the room."""


@dataclass(frozen=True)
class RepoMap:
    """`files` by path. Everything follows from the commit's tree alone."""

    repo: Repo
    tree: str
    files: tuple[Source, ...]
    reader: Reader

    def chart(self, text: str, tokens: int, count: Callable[[str], int] = estimate) -> Chart:
        """What a model should see of the repository to work on `text`, in at most `tokens`."""
        asked = question(text)
        ranked, outlines = self.ranked(asked, min(DETAILED, LEAST + tokens // PER_FILE))
        return render(ranked, outlines, asked, tokens, count)

    def ranked(
        self, asked: Question, detailed: int = DETAILED
    ) -> tuple[list[Ranked], Mapping[str, Outline]]:
        """Every file that has to do with it, best first; outlines of the best."""
        ranked = by_words(asked, self.reader.words(self.repo, self.files))
        best = ranked[0].score if ranked else 1.0
        said = {path: how for how, path in named(asked, self.files)}
        known = {one.path for one in ranked}
        ranked += [Ranked(self.by_path[path], 0.0, ()) for path in said if path not in known]
        ranked = by_name(ranked, said, best)
        outlines = self.outlines([one.path for one in ranked[:detailed]])
        ranked = by_definition(ranked, asked, outlines, best)
        return ranked, outlines

    def outlines(self, paths: Sequence[str]) -> dict[str, Outline]:
        return self.reader.outlines(self.repo, [self.by_path[path] for path in paths])

    @cached_property
    def by_path(self) -> Mapping[str, Source]:
        return {source.path: source for source in self.files}


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
        if last is None or (last.repo, last.tree) != (repo, tree):
            files = sources(repo.entries(tree), exclude=config.exclude, include=config.include)
            self._last = last = RepoMap(repo, tree, tuple(files), self._reader)
        return last
