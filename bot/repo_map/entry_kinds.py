"""The two things kept of a file, its words and its outline, and how the cache writes them down."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from bot.code import Outline, Symbol, language_of, outline_file
from bot.repo_map.file_terms import FileWords, read_words

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EntryKind(Generic[T]):
    """`make` takes a path and the bytes there. `text` and `parse` are each other's inverse.

    `many` is how many bytes of files are worth a process for each core; a process is given
    `at_once` of them, which also bounds what is in memory.
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
    return read_words(body, language_of(path))


def _serialize_words(one: FileWords) -> str:
    return _dump_json([one.length, one.left_out, one.counts])


def _parse_words(text: str) -> FileWords:
    length, left_out, counts = json.loads(text)
    return FileWords(counts, length, left_out)


def _serialize_outline(one: Outline) -> str:
    symbols = [[s.name, s.kind, s.first, s.last, s.signature, s.owner] for s in one.symbols]
    return _dump_json([one.language, symbols, one.references, one.imports])


def _parse_outline(text: str) -> Outline:
    language, symbols, references, imports = json.loads(text)
    return Outline(
        language,
        tuple(Symbol(*one) for one in symbols),
        tuple((name, line) for name, line in references),
        tuple(imports),
    )


WORDS: EntryKind[FileWords] = EntryKind(
    "words", _words_of_file, _serialize_words, _parse_words, 16 << 20, 8 << 20
)
OUTLINES: EntryKind[Outline] = EntryKind(
    "outlines", outline_file, _serialize_outline, _parse_outline, 3 << 20, 1 << 20
)
ENTRY_KINDS: MappingProxyType[str, EntryKind[Any]] = MappingProxyType(
    {kind.name: kind for kind in (WORDS, OUTLINES)}
)
