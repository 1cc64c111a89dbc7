"""Reads a commit's files: from memory, else from the cache, else from git, and then only once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from bot.code import Outline
from bot.git.repo import Repo
from bot.repo_map.cache import BlobCache
from bot.repo_map.entry_kinds import OUTLINES, WORDS, Kind
from bot.repo_map.file_terms import Read, unread
from bot.repo_map.files import Source
from bot.repo_map.parallel import read_apart

TOGETHER = 8 << 20
"""Bytes of files whose content or words are held in memory at once."""
MOST_TOGETHER = 2_000
"""Files of them, for many are small."""
WORDS_HELD, OUTLINES_HELD = 400_000, 100_000
"""Words, and lines of outlines, a process remembers: some 50 MB, a thousand files."""
T = TypeVar("T")


class Held(Generic[T]):
    """What was read last, as long as its weights do not exceed `room`. Then it begins anew."""

    def __init__(self, room: int, weigh: Callable[[T], int]) -> None:
        self._room, self._weigh = room, weigh
        self._items: dict[str, T] = {}
        self._weight = 0

    def get(self, key: str) -> T | None:
        return self._items.get(key)

    def put(self, found: Mapping[str, T]) -> None:
        for key, item in found.items():
            if key in self._items:
                continue
            self._weight += self._weigh(item)
            if self._weight > self._room:
                self._items = {}
                self._weight = self._weigh(item)
            self._items[key] = item


class Reader:
    """Reads for every map of a process. `kept` outlives it."""

    def __init__(self, kept: BlobCache) -> None:
        self._kept = kept
        self._words: Held[Read] = Held(WORDS_HELD, lambda one: 1 + len(one.counts))
        self._outlines: Held[Outline] = Held(
            OUTLINES_HELD, lambda one: 1 + len(one.symbols) + len(one.references)
        )

    def words(self, repo: Repo, sources: Sequence[Source]) -> Iterator[tuple[Source, Read]]:
        """Every file with its words, in order; never more than a few MiB of files in memory."""
        for source, read in self._each(repo, sources, WORDS, self._words):
            yield source, read or Read({}, 0)

    def outlines(
        self, repo: Repo, sources: Sequence[Source]
    ) -> Iterator[tuple[Source, Outline | None]]:
        """Every file with its outline, in order, None for what is not read; bounded likewise."""
        return self._each(repo, sources, OUTLINES, self._outlines)

    def _each(
        self, repo: Repo, sources: Sequence[Source], kind: Kind[T], held: Held[T]
    ) -> Iterator[tuple[Source, T | None]]:
        self._read_apart(repo, sources, kind, held)
        for some in _cut(sources, TOGETHER):
            found = self._found(some, kind, held)
            found |= self._made(repo, [one for one in some if one.key not in found], kind, held)
            for source in some:
                yield source, found.get(source.key)

    def _found(self, some: Sequence[Source], kind: Kind[T], held: Held[T]) -> dict[str, T]:
        here = {s.key: one for s in some if (one := held.get(s.key)) is not None}
        asked = [s.key for s in some if s.key not in here]
        stored = {key: kind.parse(text) for key, text in self._kept.get(kind.name, asked)}
        held.put(stored)
        return here | stored

    def _made(
        self, repo: Repo, new: Sequence[Source], kind: Kind[T], held: Held[T]
    ) -> dict[str, T]:
        """From the bytes, which are fetched in one call; kept for the next time."""
        bodies = repo.blobs(dict.fromkeys(s.sha for s in new if not unread(s.size)))
        by_key = {s.key: s for s in new if s.sha in bodies}
        made = {key: kind.make(s.path, bodies[s.sha]) for key, s in by_key.items()}
        if made:
            self._kept.put(kind.name, [(key, kind.text(one)) for key, one in made.items()])
            held.put(made)
        return made

    def _read_apart(
        self, repo: Repo, sources: Sequence[Source], kind: Kind[T], held: Held[T]
    ) -> None:
        """Where much is new, let every core read a part of it into the cache."""
        sources = [s for s in sources if not unread(s.size) and held.get(s.key) is None]
        if sum(source.size for source in sources) < kind.many:
            return
        known = self._kept.known(kind.name, [source.key for source in sources])
        new = list({s.key: s for s in sources if s.key not in known}.values())
        if sum(source.size for source in new) >= kind.many:
            for rows in read_apart(repo, kind, list(_cut(new, kind.at_once))):
                self._kept.put(kind.name, rows)


def _cut(sources: Sequence[Source], most: int) -> Iterator[list[Source]]:
    """Cut into runs of files that together stay within `most` bytes."""
    some: list[Source] = []
    size = 0
    for source in sources:
        weight = 0 if unread(source.size) else source.size
        if some and (size + weight > most or len(some) == MOST_TOGETHER):
            yield some
            some, size = [], 0
        some.append(source)
        size += weight
    if some:
        yield some
