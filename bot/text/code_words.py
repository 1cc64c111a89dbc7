"""The words of code and prose, as BM25 counts them.

An identifier counts as its parts and, if it has several, as a whole too: `parseHeader` is found by
`parse`, by `header`, and best by itself.
"""

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+|[^\x00-\x7f]+")
# Bytes of a word stay, and those beyond ASCII with them; all else parts words.
WORD_BYTES = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz" + bytes(
    range(128, 256)
)
_TABLE = bytes(byte if byte in WORD_BYTES else 32 for byte in range(256))
_LINE_TABLE = bytes(10 if byte == 10 else _TABLE[byte] for byte in range(256))  # noqa: PLR2004
MIN_WORD_CHARS, MAX_WORD_CHARS = 2, 40
"""Of a word that is counted."""
MAX_IDENTIFIER_BYTES = 200
"""What is longer in one piece is no identifier but data."""
SUFFIXES = ("ing", "ed", "ly")
MIN_STEM_CHARS = 3
"""What a word keeps when its suffix goes."""
VOWEL = re.compile(r"[aeiouy]")
DOUBLED = ("bb", "dd", "gg", "mm", "nn", "pp", "rr", "tt")
NO_PLURALS = ("ss", "us", "is", "ias")


def count_words(body: bytes) -> dict[str, int]:
    """How often each word of a text occurs."""
    found: dict[str, int] = {}
    get, parts = found.get, _parts
    for raw, times in Counter(body.translate(_TABLE).split()).items():
        for word in parts(raw) if len(raw) <= MAX_IDENTIFIER_BYTES else ():
            found[word] = get(word, 0) + times
    return found


def find_lines(body: bytes) -> dict[str, list[int]]:
    """In which lines, counted from 1, each word of a text stands."""
    found: dict[str, list[int]] = {}
    for number, line in enumerate(body.translate(_LINE_TABLE).split(b"\n"), 1):
        for raw in dict.fromkeys(line.split()):
            for word in _parts(raw) if len(raw) <= MAX_IDENTIFIER_BYTES else ():
                lines = found.setdefault(word, [])
                if not lines or lines[-1] != number:
                    lines.append(number)
    return found


@lru_cache(maxsize=100_000)
def _parts(raw: bytes) -> tuple[str, ...]:
    identifier = raw.decode(errors="replace")
    parts = [_stem(part.lower()) for part in PART.findall(identifier)]
    if len(parts) > 1:
        parts.append(whole_word(identifier))
    return tuple(part for part in parts if MIN_WORD_CHARS <= len(part) <= MAX_WORD_CHARS)


@lru_cache(maxsize=65_536)
def words_of(text: str) -> Mapping[str, int]:
    """The words of something short that comes again: a path, a name."""
    return MappingProxyType(count_words(text.encode(errors="replace")))


def whole_word(identifier: str) -> str:
    """The word an identifier of several parts has as a whole."""
    return identifier.strip("_").lower()


def name_word(identifier: str) -> str:
    """The one word by which files that hold this identifier are found; empty for none."""
    found = _parts(identifier.encode(errors="replace")[:MAX_IDENTIFIER_BYTES])
    return found[-1] if found else ""


def _stem(word: str) -> str:
    """One form for parse, parses, parsed and parsing; for query and queries; for set and setting.

    Much less than https://snowballstem.org/algorithms/porter/stemmer.html does, for names of code.
    """
    if not word.isalpha() or not word.isascii():
        return word
    if word.endswith("ies") and len(word) > MIN_STEM_CHARS + 1:
        word = f"{word[:-3]}y"
    elif word.endswith("s") and not word.endswith(NO_PLURALS) and len(word) > MIN_STEM_CHARS:
        word = word[:-1]
    word = _strip_suffix(word)
    return word[:-1] if word.endswith("e") and len(word) > MIN_STEM_CHARS else word


def _strip_suffix(word: str) -> str:
    for suffix in SUFFIXES:
        stem = word[: -len(suffix)]
        if word.endswith(suffix) and len(stem) >= MIN_STEM_CHARS and VOWEL.search(stem):
            return stem[:-1] if stem.endswith(DOUBLED) and suffix != "ly" else stem
    return word


_STOPS = (
    "a all also an and any are as at be been being but by can could did do does for from had"
    " has have how if in into is it its just may more no not now of on one only or other"
    " should so some such than that the their them then there these they this those to too"
    " use used using was we were what when where which while who why will with would you your"
    # of commits and issues, which all speak of fixes
    " add added better bug bugs change changed changes chore close closes commit fix fixed fixes"
    " issue issues make makes please thank thanks update updated updates work works"
)
STOP_WORDS = frozenset(form for word in _STOPS.split() for form in (word, _stem(word)))
"""Words that say nothing about what a text asks for, and what their stems are."""
