"""The map of a commit: what is on it, which of it a text is about, who defines and calls what."""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from bot.code import Outline, Symbol
from bot.code.path_index import PathIndex, is_manifest
from bot.config.repository import MapConfig
from bot.git.repo import Repo
from bot.models.token_count import ESTIMATE
from bot.repo_map import import_graph
from bot.repo_map.base_index import BaseStore, CommitWords
from bot.repo_map.cache import BlobCache
from bot.repo_map.definition_scores import Scores, score_definitions
from bot.repo_map.entry_kinds import WordLines
from bot.repo_map.files import CODE_ROLES, Role, Source, is_unreadable
from bot.repo_map.ranking import (
    BOOSTING_FILES,
    RankedFile,
    boost_by_definitions,
    boost_defining,
    boost_named,
    boost_neighbours,
    boost_tested,
    choose_candidates,
    match_paths,
    rank_by_words,
    weigh_words,
)
from bot.repo_map.reader import Reader
from bot.repo_map.terms import Question, parse_question
from bot.repo_map.text import MapText, render_map

MAX_FILES_WITHOUT_TEXT = 60
"""Files whose definitions are looked at where no text says which."""
TEST_ROLES: tuple[Role, ...] = ("test",)
MAX_USERS = 40
"""Files looked into because they say the name of one of the best; a name more files say is a word.
"""
MAX_REMEMBERED_TEXTS = 16
"""Answers a map remembers: attempts at one task ask the same again."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Files, best first; of those looked into the outline and how well each definition fits."""

    files: list[RankedFile]
    outlines: Mapping[str, Outline]
    scores: Scores


@dataclass(frozen=True, eq=False)
class RepoMap:
    """`files` by path. Everything follows from the commit's tree alone."""

    repo: Repo
    tree: str
    config: MapConfig
    files: tuple[Source, ...]
    words: CommitWords
    reader: Reader

    def render_text(
        self, text: str, tokens: int, count: Callable[[str], int] = ESTIMATE
    ) -> MapText:
        """What a model should see of the repository to work on `text`, in at most `tokens`.

        Without a text, the files that most others import.
        """
        return self._rendered(text, tokens, count)

    @cached_property
    def _rendered(self) -> Callable[[str, int, Callable[[str], int]], MapText]:
        return lru_cache(MAX_REMEMBERED_TEXTS)(self._render)

    def _render(self, text: str, tokens: int, count: Callable[[str], int]) -> MapText:
        ranking = self._rank(parse_question(text))
        if ranking.files:
            return render_map(ranking.files, ranking.outlines, ranking.scores, tokens, count)
        ranked = self.rank_by_importers()
        outlines = self.read_outlines(item.path for item in ranked[:MAX_FILES_WITHOUT_TEXT])
        return render_map(ranked, outlines, {}, tokens, count)

    def rank_files(self, question: Question) -> list[RankedFile]:
        """Every file that has to do with it, best first."""
        return self._rank(question).files

    def _rank(self, question: Question) -> Ranking:
        """By words; then the best of each kind are looked into for what words alone miss."""
        if not question.words and not question.paths:
            return Ranking([], {}, {})
        matches = self.words.match(question.words)
        weights = weigh_words(question, matches)
        ranked = rank_by_words(matches, weights)
        mentioned = {path: how for how, path in match_paths(question, self.path_index)}
        known = {item.path for item in ranked}
        ranked += [
            RankedFile(self.by_path[path], 0.0, ()) for path in mentioned if path not in known
        ]
        candidates = choose_candidates(ranked, mentioned)
        paths = [item.path for item in candidates]
        outlines = self.read_outlines(paths)
        scores = score_definitions(weights, outlines, self._read_lines(outlines))
        ranked = boost_by_definitions(ranked, scores)
        best = max((item.score for item in ranked if item.source.role in CODE_ROLES), default=0.0)
        ranked = boost_named(ranked, mentioned, best or 1.0)
        ranked = boost_defining(ranked, question, outlines, best)
        imports = {
            path: import_graph.imported_files(path, item, self.path_index)
            for path, item in outlines.items()
        }
        ranked = boost_tested(ranked, self._tested_files(imports))
        users = self.read_outlines(self._list_users(_best_paths(ranked), outlines))
        for path, item in users.items():
            imports[path] = import_graph.imported_files(path, item, self.path_index)
        outlines |= users
        return Ranking(self._boost_neighbours(ranked, outlines, imports), outlines, scores)

    def _list_users(
        self,
        best: Sequence[str],
        known: Collection[str],
        roles: Collection[Role] = CODE_ROLES,
    ) -> list[str]:
        """Files of these roles that say the name of one of the best and were not looked into."""
        words = import_graph.module_words(best)
        matches = self.words.match(set(words.values()))
        users: dict[str, None] = {}
        for path in best:
            sources = matches.list_files(words.get(path, ""))
            if len(sources) <= MAX_USERS:
                paths = sorted(item.path for item in sources if item.role in roles)
                users.update((each, None) for each in paths if each not in known)
        return list(users)[:MAX_USERS]

    def _boost_neighbours(
        self,
        ranked: list[RankedFile],
        outlines: Mapping[str, Outline],
        imports: Mapping[str, Sequence[str]],
    ) -> list[RankedFile]:
        best = _best_paths(ranked)
        near = import_graph.neighbours_of(best, imports)
        for path, others in import_graph.using_files(best, outlines).items():
            near[path] += [each for each in others if each not in near[path]]
        known = {item.path for item in ranked}
        new = {other for others in near.values() for other, _ in others} - known
        beside = {item.path: item for item in self._exclude_generated(new)}
        return boost_neighbours(ranked, near, beside)

    def _tested_files(self, imports: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
        """For each of these tests, the file of code of its name, else those it imports."""
        code = [path for path in imports if self.by_path[path].role in CODE_ROLES]
        tests = [path for path in imports if self.by_path[path].role == "test"]
        return import_graph.tested_files(tests, code, imports)

    def find_tests(self, paths: Sequence[str]) -> dict[str, list[str]]:
        """For each of these files of code the tests of its name first, then those that import it.

        Looked for among the files that say its name.
        """
        tests = self._list_users(paths, (), TEST_ROLES)
        imports = {
            path: import_graph.imported_files(path, item, self.path_index)
            for path, item in self.read_outlines(tests).items()
        }
        named = import_graph.tested_files(imports, paths, dict.fromkeys(imports, ()))
        found: dict[str, list[str]] = {path: [] for path in paths}
        for tested in (named, imports):
            for test, targets in tested.items():
                for path in targets:
                    if path in found and test not in found[path]:
                        found[path].append(test)
        return found

    def _read_lines(self, paths: Iterable[str]) -> dict[str, WordLines]:
        sources = [self.by_path[path] for path in paths]
        found = self.reader.read_lines(self.repo, sources)
        return {source.path: lines for source, lines in found if lines is not None}

    def select_graph(
        self, text: str, most: int
    ) -> tuple[list[RankedFile], Mapping[str, Sequence[str]]]:
        """The graph for a picture: files, best first, and what each of the first `most` imports."""
        ranked = self.rank_files(parse_question(text))
        if not ranked:
            return self.rank_by_importers(), self.imports
        return ranked, self._read_imports(self.by_path[item.path] for item in ranked[:most])

    def rank_by_importers(self) -> list[RankedFile]:
        """Every file by how many import it."""
        return import_graph.rank_by_importers(self._exclude_generated(self.by_path), self.imports)

    def _exclude_generated(self, paths: Iterable[str]) -> Iterator[Source]:
        """Those whose content does not show that a tool made them."""
        sources = [self.by_path[path] for path in sorted(paths)]
        found = self.reader.read_words(self.repo, sources)
        return (source for source, words in found if not words.left_out)

    def read_outlines(self, paths: Iterable[str]) -> dict[str, Outline]:
        sources = [self.by_path[path] for path in paths]
        found = self.reader.read_outlines(self.repo, sources)
        return {source.path: item for source, item in found if item is not None}

    def find_lines(self, name: str) -> list[tuple[str, int, int]]:
        """Where a name is defined: path, first and last line."""
        return [(path, symbol.first, symbol.last) for path, symbol in self.find_definitions(name)]

    def find_definitions(self, name: str) -> list[tuple[str, Symbol]]:
        return list(import_graph.find_definitions(name, self._outlines_holding(name)))

    def find_callers(self, name: str) -> list[tuple[str, Symbol]]:
        return list(import_graph.find_callers(name, self._outlines_holding(name)))

    def _outlines_holding(self, name: str) -> Mapping[str, Outline]:
        held = import_graph.files_holding(name, self.reader.read_words(self.repo, self.files))
        return self.read_outlines(source.path for source in held)

    @cached_property
    def imports(self) -> Mapping[str, Sequence[str]]:
        """Every file's imports: the whole graph, for which every file must be parsed once."""
        return self._read_imports(self.files)

    def _read_imports(self, files: Iterable[Source]) -> dict[str, list[str]]:
        coded = [source for source in files if source.language]
        return {
            source.path: import_graph.imported_files(source.path, item, self.path_index)
            for source, item in self.reader.read_outlines(self.repo, coded)
            if item is not None
        }

    @cached_property
    def by_path(self) -> Mapping[str, Source]:
        return {source.path: source for source in self.files}

    def share_paths(self, other: "RepoMap") -> None:
        """Take the index of another map's paths where both have the same paths and manifests."""
        if (
            "path_index" in other.__dict__
            and other.by_path.keys() == self.by_path.keys()
            and other.manifests() == self.manifests()
        ):
            self.__dict__["path_index"] = other.path_index

    def manifests(self) -> dict[str, str]:
        """The objects of the files that say what paths mean."""
        found = (s for s in self.files if is_manifest(s.path) and not is_unreadable(s.size))
        return {source.path: source.sha for source in found}

    @cached_property
    def path_index(self) -> PathIndex:
        shas = self.manifests()
        bodies = self.repo.read_blobs(shas.values())
        return PathIndex(self.by_path, {p: bodies[sha] for p, sha in shas.items() if sha in bodies})


def _best_paths(ranked: Sequence[RankedFile]) -> list[str]:
    return [item.path for item in ranked[:BOOSTING_FILES]]


class Maps:
    """The maps of one process. Of one commit after another only what changed is read."""

    def __init__(self, cache: BlobCache | None = None) -> None:
        cache = cache or BlobCache()
        self._reader = Reader(cache)
        self._bases = BaseStore(cache, self._reader)
        self._last: RepoMap | None = None

    def map_of(self, repo: Repo, rev: str, config: MapConfig | None = None) -> RepoMap:
        """The map of a commit or tree that is there."""
        tree = repo.resolve_rev(rev, "tree")
        config = config or MapConfig()
        last = self._last
        if last is None or (last.repo, last.tree, last.config) != (repo, tree, config):
            files, words = self._bases.open_commit(repo, tree, config)
            self._last = RepoMap(repo, tree, config, files, words, self._reader)
            if last is not None:
                self._last.share_paths(last)
            last = self._last
        return last


def shared_maps() -> Maps:
    """The maps of this process, whoever asks."""
    return _maps_of_environment(*(os.environ.get(name, "") for name in ("XDG_CACHE_HOME", "HOME")))


@lru_cache(maxsize=1)
def _maps_of_environment(_cache: str, _home: str) -> Maps:
    return Maps(BlobCache())
