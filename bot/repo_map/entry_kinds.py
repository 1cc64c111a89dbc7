"""The two things kept of a file, its words and its outline, and how the cache writes them down."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from bot.code import Outline, Symbol, language_of, outline_file
from bot.repo_map.file_terms import Read, read

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """`make` takes a path and the bytes there. `text` and `parse` are each other's inverse.

    `many` is how many bytes of files are worth a process for each core; a process is given
    `at_once` of them, which also bounds what is in memory.
    """

    name: str
    make: Callable[[str, bytes], T]
    text: Callable[[T], str]
    parse: Callable[[str], T]
    many: int
    at_once: int


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _read(path: str, body: bytes) -> Read:
    return read(body, language_of(path))


def _words_text(one: Read) -> str:
    return _json([one.length, one.left_out, one.counts])


def _words(text: str) -> Read:
    length, left_out, counts = json.loads(text)
    return Read(counts, length, left_out)


def _outline_text(one: Outline) -> str:
    symbols = [[s.name, s.kind, s.first, s.last, s.signature, s.owner] for s in one.symbols]
    return _json([one.language, symbols, one.references, one.imports])


def _outline(text: str) -> Outline:
    language, symbols, references, imports = json.loads(text)
    return Outline(
        language,
        tuple(Symbol(*one) for one in symbols),
        tuple((name, line) for name, line in references),
        tuple(imports),
    )


WORDS: Kind[Read] = Kind("words", _read, _words_text, _words, 16 << 20, 8 << 20)
OUTLINES: Kind[Outline] = Kind("outlines", outline_file, _outline_text, _outline, 3 << 20, 1 << 20)
KINDS: MappingProxyType[str, Kind[Any]] = MappingProxyType(
    {kind.name: kind for kind in (WORDS, OUTLINES)}
)
