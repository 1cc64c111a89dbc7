"""A commit's words, read once and kept by word, so that a question costs its own words alone.

The files of one commit, the base, are numbered and their postings kept in the cache. Of another
commit of the repository only what `git diff-tree` tells apart from the base is read: a changed file
costs one file. What is found is what reading every file would find; without the cache that is done.
"""

import json
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from bot.config.repository import MapConfig
from bot.errors import GitError
from bot.git.diff import list_changes
from bot.git.objects import Change
from bot.git.repo import Repo, is_partial
from bot.repo_map.cache import BlobCache
from bot.repo_map.files import Source, list_sources
from bot.repo_map.postings import (
    Matches,
    Postings,
    PostingsBuilder,
    match_words,
    parse_postings,
    sum_lengths,
)
from bot.repo_map.reader import Reader

MIN_INDEXED_FILES = 400
"""Fewer are read in as little time as an index takes."""
MIN_PREPARED_FILES = 4_000
"""From so many on, all that a question may look into is read with the words, by every core."""
MIN_CHANGES, CHANGED_SHARE = 200, 8
"""So many changes, or one file in so many, and the commit is made the base."""
MAX_WORDS_IN_MEMORY = 2_000
"""Words whose postings a process remembers: some 10 MB in a repository of 10,000 files."""


@dataclass(slots=True)
class Base:
    """A commit whose files are numbered. `sums`: how many have words, and how many words."""

    key: str
    tree: str
    sources: Sequence[Source]
    lengths: Sequence[int]
    numbers: dict[str, int] = field(init=False)
    sums: tuple[int, int] = field(init=False)
    known: dict[str, Postings | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.numbers = {source.path: number for number, source in enumerate(self.sources)}
        self.sums = sum_lengths(self.lengths)

    def load(self, words: Collection[str], cache: BlobCache) -> bool:
        """Get the postings of these words; False where the cache has lost them."""
        new = sorted(word for word in words if word not in self.known)
        if len(self.known) + len(new) > MAX_WORDS_IN_MEMORY:
            self.known.clear()
            new = sorted(words)
        found = _read_postings(cache, f"{self.key}.{self.tree}/", new) if new else {}
        if found is None:
            return False
        self.known.update(dict.fromkeys(new))
        self.known.update((word, parse_postings(text)) for word, text in found.items())
        return True

    def join(self, words: Iterable[str], later: Matches, gone: frozenset[int]) -> Matches:
        """What is known of the words and not gone, with what later files hold."""
        count, total = sum_lengths(self.lengths[number] for number in sorted(gone))
        return Matches(
            [*self.sources, *later.sources],
            [*self.lengths, *later.lengths],
            dict(self._joined(sorted(words), later)),
            gone,
            self.sums[0] - count + later.count,
            self.sums[1] - total + later.total,
        )

    def _joined(self, words: Iterable[str], later: Matches) -> Iterator[tuple[str, Postings]]:
        for word in words:
            old, new = self.known.get(word), later.postings.get(word)
            if new is not None:
                files = array("I", [len(self.sources) + number for number in new.files])
                before = old or Postings(array("I"), array("I"))
                yield word, Postings(before.files + files, before.times + new.times)
            elif old is not None:
                yield word, old


def _read_postings(cache: BlobCache, prefix: str, words: Sequence[str]) -> dict[str, str] | None:
    """None where the base is not there: its own row, without a word, is asked for with every word.

    Another process may replace a base at any time, but all its rows at once.
    """
    found: dict[str, str] = {}
    for start in range(0, len(words), WORDS_PER_QUERY):
        keys = [prefix, *(prefix + word for word in words[start : start + WORDS_PER_QUERY])]
        rows = dict(cache.read_texts("postings", keys))
        if prefix not in rows:
            return None
        found.update((key[len(prefix) :], text) for key, text in rows.items() if key != prefix)
    return found


WORDS_PER_QUERY = 400
"""Fewer than the cache asks for at once, so that their base's own row comes with them."""


class CommitWords:
    """The words of one commit's files: by a base where there is one, else by reading them all."""

    def __init__(
        self, repo: Repo, tree: str, files: Sequence[Source], reader: Reader, store: "BaseStore"
    ) -> None:
        self._repo, self._tree, self._files = repo, tree, files
        self._reader, self._store = reader, store
        self._base: Base | None = None
        self._key = ""
        self._gone: frozenset[int] = frozenset()
        self._new: tuple[Source, ...] = ()

    def start_from(
        self, base: Base, changed: Iterable[str] = (), new: Iterable[Source] = ()
    ) -> None:
        """Take these new files, and what the base has at every path that did not change."""
        self._base, self._new = base, tuple(new)
        self._gone = frozenset(base.numbers[path] for path in changed if path in base.numbers)

    def index_as(self, key: str) -> None:
        """Make this commit the base of that key when its files are all read."""
        self._key = key

    def match(self, words: Collection[str]) -> Matches:
        if self._base and self._base.load(words, self._store.cache):
            later = match_words(words, self._reader.read_words(self._repo, self._new))
            return self._base.join(words, later, self._gone)
        everything = self._reader.read_words(self._repo, self._files)
        if not self._key or len(self._files) < MIN_INDEXED_FILES:
            return match_words(words, everything)
        builder = PostingsBuilder()
        for source, read in everything:
            builder.add(source, read)
        if len(self._files) >= MIN_PREPARED_FILES:
            self._reader.prepare_candidates(self._repo, self._files)
        self.start_from(self._store.write(self._key, self._tree, builder))
        return builder.matches(words)


class BaseStore:
    """The bases in the cache; the last one also in memory."""

    def __init__(self, cache: BlobCache, reader: Reader) -> None:
        self.cache, self._reader = cache, reader
        self._held: Base | None = None

    def open_commit(
        self, repo: Repo, tree: str, config: MapConfig
    ) -> tuple[tuple[Source, ...], CommitWords]:
        """The files for the map, by path, and their words."""
        # What a partial clone lacks, a diff would fetch.
        base = None if is_partial(repo.git_dir) else self._find(_base_key(repo, config))
        changes = _list_changes(repo, base, tree) if base else None
        if base is None or changes is None:
            entries = repo.list_entries(tree)
            files = tuple(list_sources(entries, exclude=config.exclude, include=config.include))
            words = CommitWords(repo, tree, files, self._reader, self)
        else:
            new = _list_new(repo, changes, config)
            changed = {change.path for change in changes}
            kept = (source for source in base.sources if source.path not in changed)
            files = tuple(sorted((*kept, *new), key=lambda source: source.path))
            words = CommitWords(repo, tree, files, self._reader, self)
            words.start_from(base, changed, new)
        if not is_partial(repo.git_dir):
            words.index_as(_base_key(repo, config))
        return files, words

    def write(self, key: str, tree: str, builder: PostingsBuilder) -> Base:
        """Replace the base of that key. What a reader finds meanwhile is the old one or none."""
        base = Base(key, tree, builder.sources, builder.lengths)
        prefix = f"{key}.{tree}/"
        postings = builder.postings.items()
        rows = [(prefix, ""), *((prefix + word, found.serialize()) for word, found in postings)]
        self.cache.replace_texts("postings", f"{key}.", rows)
        self.cache.replace_texts("bases", key, [(key, _serialize_base(base))])
        self._held = base
        return base

    def _find(self, key: str) -> Base | None:
        if self._held is None or self._held.key != key:
            stored = dict(self.cache.read_texts("bases", [key]))
            self._held = _parse_base(key, stored[key]) if key in stored else None
        return self._held


def _base_key(repo: Repo, config: MapConfig) -> str:
    place = repr((str(repo.git_dir), tuple(config.exclude), tuple(config.include)))
    return sha256(place.encode(errors="surrogateescape")).hexdigest()[:32]


def _list_changes(repo: Repo, base: Base, tree: str) -> list[Change] | None:
    """What differs from the base; None where that is much, or the base is no longer here."""
    try:
        changes = list_changes(repo, base.tree, tree) if tree != base.tree else []
    except GitError:
        return None
    most = max(MIN_CHANGES, len(base.sources) // CHANGED_SHARE)
    return changes if len(changes) <= most else None


def _list_new(repo: Repo, changes: Iterable[Change], config: MapConfig) -> list[Source]:
    after = {change.path: change.after for change in changes if change.after is not None}
    sizes = repo.read_sizes(entry.sha for entry in after.values() if entry.kind == "file")
    entries = {path: replace(entry, size=sizes.get(entry.sha, -1)) for path, entry in after.items()}
    return list(list_sources(entries, exclude=config.exclude, include=config.include))


def _serialize_base(base: Base) -> str:
    files = [
        [source.path, source.sha, source.size, source.language, source.role, length]
        for source, length in zip(base.sources, base.lengths, strict=True)
    ]
    return json.dumps([base.tree, files], separators=(",", ":"))


def _parse_base(key: str, text: str) -> Base:
    tree, files = json.loads(text)
    sources = [
        Source(path, sha, size, language, role) for path, sha, size, language, role, _ in files
    ]
    return Base(key, tree, sources, [length for *_, length in files])
