"""What is kept of a file: its words, the lines they stand in, its outline; and how it is stored."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from bot.code import Outline, Symbol, is_unparsed_code, language_of, outline_file
from bot.code.parse_limits import is_minified
from bot.text.code_words import count_words, find_lines
from bot.text.plain_text import is_binary

MAX_TEXT_BYTES = 64 * 1024
"""Bytes read of a file that is no code: a changelog of years says everything about nothing."""
# Go fixed its form (https://go.dev/s/generatedcode); other generators say it in these words.
GENERATED_MARK = re.compile(
    rb"code generated .{0,80}do not edit|@generated\b|do not edit.{0,40}generated"
    rb"|(?:this file (?:is|was)|automatically|auto-?) ?generated (?:by|from)\b",
)
MARK_BYTES = 1024
"""Bytes in which a file says that it was generated."""


@dataclass(frozen=True, slots=True)
class FileWords:
    """`length` is the sum of `counts`; without any, the file is known by its name alone.

    `left_out` says why it is off the map: its content shows that no person wrote it.
    """

    counts: dict[str, int]
    length: int
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class WordLines:
    """In which lines of a file each word stands: `WORD LINE LINE...` a row, between newlines."""

    rows: str

    def find(self, word: str) -> tuple[int, ...]:
        """The lines, counted from 1. Only what is asked for is parsed: files have many words."""
        at = self.rows.find(f"\n{word} ")
        if at < 0:
            return ()
        start = at + len(word) + 2
        return tuple(map(int, self.rows[start : self.rows.index("\n", start)].split(" ")))


def read_word_lines(_path: str, body: bytes) -> WordLines:
    if is_binary(body[: MARK_BYTES * 8]) or is_minified(body):
        return WordLines("\n")
    rows = (f"{word} {' '.join(map(str, lines))}" for word, lines in find_lines(body).items())
    return WordLines("\n" + "".join(f"{row}\n" for row in rows))


def read_words(body: bytes, language: str) -> FileWords:
    if why := _content_left_out(body, language):
        return FileWords({}, 0, why)
    counts = count_words(body if language else body[:MAX_TEXT_BYTES])
    return FileWords(counts, sum(counts.values()))


def _content_left_out(body: bytes, language: str) -> str:
    if is_binary(body[: MARK_BYTES * 8]):
        return "binary"
    if language and is_minified(body):
        return "minified"
    head = body[:MARK_BYTES].lower()
    return "generated" if b"generated" in head and GENERATED_MARK.search(head) else ""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EntryKind(Generic[T]):
    """`read` takes a path and the bytes there. `serialize` and `parse` are each other's inverse.

    `parallel_bytes` of files are worth a process for each core; a process is given `batch_bytes`
    of them at once, which also bounds what is in memory. A changed `serialize` needs another
    `CACHE_VERSION`.
    """

    name: str
    read: Callable[[str, bytes], T]
    serialize: Callable[[T], str]
    parse: Callable[[str], T]
    parallel_bytes: int
    batch_bytes: int


def _dump_json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _words_of_file(path: str, body: bytes) -> FileWords:
    return read_words(body, language_of(path) or ("unparsed" if is_unparsed_code(path) else ""))


def _serialize_words(words: FileWords) -> str:
    return _dump_json([words.length, words.left_out, words.counts])


def _parse_words(text: str) -> FileWords:
    length, left_out, counts = json.loads(text)
    return FileWords(counts, length, left_out)


def _serialize_outline(outline: Outline) -> str:
    symbols = [[s.name, s.kind, s.first, s.last, s.signature, s.owner] for s in outline.symbols]
    return _dump_json([outline.language, symbols, outline.references, outline.imports])


def _parse_outline(text: str) -> Outline:
    language, symbols, references, imports = json.loads(text)
    return Outline(
        language,
        tuple(Symbol(*fields) for fields in symbols),
        tuple((name, line) for name, line in references),
        tuple(imports),
    )


WORDS: EntryKind[FileWords] = EntryKind(
    "words", _words_of_file, _serialize_words, _parse_words, 16 << 20, 8 << 20
)
OUTLINES: EntryKind[Outline] = EntryKind(
    "outlines", outline_file, _serialize_outline, _parse_outline, 3 << 20, 1 << 20
)
LINES: EntryKind[WordLines] = EntryKind(
    "lines", read_word_lines, lambda found: found.rows, WordLines, 16 << 20, 8 << 20
)
ENTRY_KINDS: MappingProxyType[str, EntryKind[Any]] = MappingProxyType(
    {kind.name: kind for kind in (WORDS, OUTLINES, LINES)}
)
