"""Which files hold which words, by word: a file's number and how often it has the word."""

from array import array
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.repo_map.entry_kinds import FileWords
from bot.repo_map.files import Source
from bot.text.code_words import words_of

PATH_WEIGHT = 8
"""A word in a file's path counts as so many in its text."""
LEFT_OUT = -1
"""The length of a file that is off the map."""


@dataclass(frozen=True, slots=True)
class Postings:
    """The files that hold a word, by number, ascending, and how often each does."""

    files: "array[int]"
    times: "array[int]"

    def serialize(self) -> str:
        return b64encode(self.files.tobytes() + self.times.tobytes()).decode()


def parse_postings(text: str) -> Postings:
    both = array("I", b64decode(text))
    half = len(both) // 2
    return Postings(both[:half], both[half:])


@dataclass(frozen=True, slots=True)
class Matches:
    """What a question finds: `postings` by word, sorted; numbers are places in `sources`.

    Those in `gone` are not in this commit. Of what is, `count` files have `total` words.
    """

    sources: Sequence[Source]
    lengths: Sequence[int]
    postings: Mapping[str, Postings]
    gone: frozenset[int]
    count: int
    total: int

    def list_files(self, word: str) -> list[Source]:
        """The files of this commit that hold a word asked for."""
        found = self.postings.get(word)
        numbers = found.files if found else ()
        return [self.sources[number] for number in numbers if number not in self.gone]


@dataclass(slots=True)
class PostingsBuilder:
    """Collects the words of files, one file after the other: of `wanted`, or all of them."""

    wanted: Collection[str] | None = None
    sources: list[Source] = field(default_factory=list)
    lengths: "array[int]" = field(default_factory=lambda: array("q"))
    postings: dict[str, Postings] = field(default_factory=dict)

    def add(self, source: Source, read: FileWords) -> None:
        number = len(self.sources)
        self.sources.append(source)
        self.lengths.append(LEFT_OUT if read.left_out else read.length)
        if not read.left_out:
            for word, times in self._count(source, read).items():
                if (known := self.postings.get(word)) is None:
                    known = self.postings[word] = Postings(array("I"), array("I"))
                known.files.append(number)
                known.times.append(times)

    def _count(self, source: Source, read: FileWords) -> dict[str, int]:
        named, counts = words_of(source.path), read.counts
        if self.wanted is None:
            found: Iterable[str] = counts.keys() | named.keys()
        else:
            found = [word for word in self.wanted if word in counts or word in named]
        return {word: counts.get(word, 0) + PATH_WEIGHT * named.get(word, 0) for word in found}

    def matches(self, words: Collection[str]) -> Matches:
        count, total = sum_lengths(self.lengths)
        found = {word: self.postings[word] for word in sorted(words) if word in self.postings}
        return Matches(self.sources, self.lengths, found, frozenset(), count, total)


def sum_lengths(lengths: Iterable[int]) -> tuple[int, int]:
    kept = [length for length in lengths if length != LEFT_OUT]
    return len(kept), sum(kept)


def match_words(words: Collection[str], files: Iterable[tuple[Source, FileWords]]) -> Matches:
    """By reading every file."""
    builder = PostingsBuilder(frozenset(words))
    for source, read in files:
        builder.add(source, read)
    return builder.matches(words)
