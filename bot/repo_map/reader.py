"""Reads a commit's files: from memory, else from the cache, else from git, and then only once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from bot.code import Outline
from bot.git.repo import Repo
from bot.repo_map.cache import BlobCache
from bot.repo_map.entry_kinds import LINES, OUTLINES, WORDS, EntryKind, FileWords, WordLines
from bot.repo_map.files import Source, is_unreadable
from bot.repo_map.parallel import read_in_processes

BATCH_BYTES = 8 << 20
"""Of files whose content or words are held in memory at once."""
BATCH_FILES = 2_000
"""And so many of them, for many are small."""
MAX_WORDS_HELD, MAX_OUTLINES_HELD, MAX_LINES_HELD = 400_000, 100_000, 16 << 20
"""Words, lines of outlines, and characters of words' lines that a process remembers: some 60 MB."""
T = TypeVar("T")


class MemoryCache(Generic[T]):
    """What was read last, emptied when the weights exceed `max_weight`."""

    def __init__(self, max_weight: int, weigh: Callable[[T], int]) -> None:
        self._max_weight, self._weigh = max_weight, weigh
        self._items: dict[str, T] = {}
        self._weight = 0

    def find_item(self, key: str) -> T | None:
        return self._items.get(key)

    def add_items(self, found: Mapping[str, T]) -> None:
        for key, item in found.items():
            if key in self._items:
                continue
            self._weight += self._weigh(item)
            if self._weight > self._max_weight:
                self._items = {}
                self._weight = self._weigh(item)
            self._items[key] = item


class Reader:
    """Reads for every map of a process. `cache` outlives it."""

    def __init__(self, cache: BlobCache) -> None:
        self._cache = cache
        self._words: MemoryCache[FileWords] = MemoryCache(
            MAX_WORDS_HELD, lambda words: 1 + len(words.counts)
        )
        self._outlines: MemoryCache[Outline] = MemoryCache(
            MAX_OUTLINES_HELD, lambda outline: 1 + len(outline.symbols) + len(outline.references)
        )
        self._lines: MemoryCache[WordLines] = MemoryCache(
            MAX_LINES_HELD, lambda lines: len(lines.rows)
        )

    def read_words(
        self, repo: Repo, sources: Sequence[Source]
    ) -> Iterator[tuple[Source, FileWords]]:
        """Every file with its words, in order; never more than a few MiB of files in memory."""
        for source, read in self._read_batches(repo, sources, WORDS, self._words):
            yield source, read or FileWords({}, 0)

    def read_outlines(
        self, repo: Repo, sources: Sequence[Source]
    ) -> Iterator[tuple[Source, Outline | None]]:
        """Every file with its outline, in order, None for what is not read; bounded likewise."""
        return self._read_batches(repo, sources, OUTLINES, self._outlines)

    def read_lines(
        self, repo: Repo, sources: Sequence[Source]
    ) -> Iterator[tuple[Source, WordLines | None]]:
        """Every file with the lines of its words, in order, None for what is not read."""
        return self._read_batches(repo, sources, LINES, self._lines)

    def prepare_candidates(self, repo: Repo, sources: Sequence[Source]) -> None:
        """Have outlines and lines of all code in the cache; what is missing is read when asked."""
        code = [source for source in sources if source.role != "text"]
        self._read_in_parallel(repo, code, OUTLINES, self._outlines)
        self._read_in_parallel(repo, code, LINES, self._lines)

    def _read_batches(
        self, repo: Repo, sources: Sequence[Source], kind: EntryKind[T], held: MemoryCache[T]
    ) -> Iterator[tuple[Source, T | None]]:
        self._read_in_parallel(repo, sources, kind, held)
        for some in _split_batches(sources, BATCH_BYTES):
            found = self._read_stored(some, kind, held)
            found |= self._read_new(
                repo, [item for item in some if item.key not in found], kind, held
            )
            for source in some:
                yield source, found.get(source.key)

    def _read_stored(
        self, some: Sequence[Source], kind: EntryKind[T], held: MemoryCache[T]
    ) -> dict[str, T]:
        here = {s.key: item for s in some if (item := held.find_item(s.key)) is not None}
        missing = [s.key for s in some if s.key not in here]
        stored = {key: kind.parse(text) for key, text in self._cache.read_texts(kind.name, missing)}
        held.add_items(stored)
        return here | stored

    def _read_new(
        self, repo: Repo, new: Sequence[Source], kind: EntryKind[T], held: MemoryCache[T]
    ) -> dict[str, T]:
        """From the bytes, which are fetched in one call; kept for the next time."""
        bodies = repo.read_blobs(dict.fromkeys(s.sha for s in new if not is_unreadable(s.size)))
        by_key = {s.key: s for s in new if s.sha in bodies}
        made = {key: kind.read(s.path, bodies[s.sha]) for key, s in by_key.items()}
        if made:
            self._cache.write_texts(
                kind.name, [(key, kind.serialize(item)) for key, item in made.items()]
            )
            held.add_items(made)
        return made

    def _read_in_parallel(
        self, repo: Repo, sources: Sequence[Source], kind: EntryKind[T], held: MemoryCache[T]
    ) -> None:
        """Where much is new, let every core read a part of it into the cache."""
        sources = [
            s for s in sources if not is_unreadable(s.size) and held.find_item(s.key) is None
        ]
        if sum(source.size for source in sources) < kind.parallel_bytes:
            return
        known = self._cache.known_keys(kind.name, [source.key for source in sources])
        new = list({s.key: s for s in sources if s.key not in known}.values())
        if sum(source.size for source in new) >= kind.parallel_bytes:
            for rows in read_in_processes(repo, kind, list(_split_batches(new, kind.batch_bytes))):
                self._cache.write_texts(kind.name, rows)


def _split_batches(sources: Sequence[Source], most: int) -> Iterator[list[Source]]:
    """Cut into runs of files that together stay within `most` bytes."""
    some: list[Source] = []
    size = 0
    for source in sources:
        weight = 0 if is_unreadable(source.size) else source.size
        if some and (size + weight > most or len(some) == BATCH_FILES):
            yield some
            some, size = [], 0
        some.append(source)
        size += weight
    if some:
        yield some
