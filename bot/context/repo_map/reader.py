"""Reads a commit's files: from memory, else from the cache, else from git, and then only once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from bot.context.code import Outline, outline
from bot.context.repo_map.kept import Kept
from bot.context.repo_map.parallel import read_apart
from bot.context.repo_map.reading import Read, read, too_large
from bot.context.repo_map.sources import Source
from bot.git import Repo

AT_ONCE = 8 << 20
"""Bytes of files that are held in memory at once."""
MANY = 16 << 20
"""Bytes of files that are worth a process for each core."""
WORDS_HELD, OUTLINES_HELD = 400_000, 4_000
"""Words and outlines a process keeps in memory: what a repository of a thousand files has."""
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
            self._weight += self._weigh(item)
            if self._weight > self._room:
                self._items.clear()
                self._weight = self._weigh(item)
            self._items[key] = item


class Reader:
    """Reads for every map of a process. `kept` outlives it."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._words: Held[Read] = Held(WORDS_HELD, lambda one: 1 + len(one.counts))
        self._outlines: Held[Outline] = Held(OUTLINES_HELD, lambda _: 1)

    def words(self, repo: Repo, sources: Sequence[Source]) -> Iterator[tuple[Source, Read]]:
        """Every file with its words, in order; never more than a few MiB of files in memory."""
        self._read_apart(repo, sources)
        for some in _by_bytes(sources):
            found = self._found(some, self._words, self._kept.words)
            if new := [source for source in some if source.key not in found]:
                bodies = _bodies(repo, new)
                made = {s.key: read(bodies[s.sha], s.language) for s in new if s.sha in bodies}
                self._kept.keep_words(made)
                self._words.put(made)
                found |= made
            for source in some:
                yield source, found.get(source.key) or Read({}, 0, "too large")

    def outlines(self, repo: Repo, sources: Sequence[Source]) -> dict[str, Outline]:
        """Outlines by path."""
        found: dict[str, Outline] = {}
        for some in _by_bytes(sources):
            known = self._found(some, self._outlines, self._kept.outlines)
            if new := [source for source in some if source.key not in known]:
                bodies = _bodies(repo, new)
                made = {s.key: outline(s.path, bodies[s.sha]) for s in new if s.sha in bodies}
                self._kept.keep_outlines(made)
                self._outlines.put(made)
                known |= made
            found |= {s.path: known[s.key] for s in some if s.key in known}
        return found

    def _found(
        self,
        some: Sequence[Source],
        held: Held[T],
        kept: Callable[[Sequence[str]], Iterator[tuple[str, T]]],
    ) -> dict[str, T]:
        here = {s.key: one for s in some if (one := held.get(s.key)) is not None}
        stored = dict(kept([s.key for s in some if s.key not in here]))
        held.put(stored)
        return here | stored

    def _read_apart(self, repo: Repo, sources: Sequence[Source]) -> None:
        """Where much is new, let every core read a part of it into the cache."""
        if sum(source.size for source in sources) < MANY:
            return
        known = self._kept.known([source.key for source in sources])
        new = [s for s in sources if s.key not in known and not too_large(s.size)]
        if sum(source.size for source in new) >= MANY:
            for made in read_apart(repo, list(_by_bytes(new))):
                self._kept.keep_words(made)


def _bodies(repo: Repo, sources: Sequence[Source]) -> dict[str, bytes]:
    return repo.blobs(dict.fromkeys(s.sha for s in sources if not too_large(s.size)))


def _by_bytes(sources: Sequence[Source]) -> Iterator[list[Source]]:
    """Cut into runs of files that together stay within `AT_ONCE`."""
    some: list[Source] = []
    size = 0
    for source in sources:
        weight = 0 if too_large(source.size) else source.size
        if some and size + weight > AT_ONCE:
            yield some
            some, size = [], 0
        some.append(source)
        size += weight
    if some:
        yield some
