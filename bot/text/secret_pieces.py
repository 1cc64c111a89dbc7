"""Finding what is left of a known secret where a text was cut before it was struck of secrets.

Models, checks, servers and pages bound their texts in many places, each by its own length and mark,
and what is bounded is shown later. So a piece is found wherever it stands, and whoever cut it.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from bot.text.disguised_secrets import DROPPED, LOWER, map_places, squeeze

PIECE_CHARACTERS = 8
"""A shorter piece may be there by chance, and helps nobody to guess the rest."""
_MIN_RANDOM = 4
"""So many characters of a piece must be of no word: `@localhost` stands in addresses, too."""
_PART = re.compile(r"[A-Za-z0-9]+")
# `postgresql`, `TokenForPages`, `api03`, `5432`: what people write, not what was drawn at random.
_WORDS = re.compile(r"(?:[A-Z]?[a-z]{2,}|[A-Z]{2,}|[A-Za-z])?(?:[A-Z][a-z]{2,}){0,3}[0-9]{0,4}")
_MAX_WORD_CHARACTERS = 24
_MAX_BRIDGE_CHARACTERS = 4
_MAX_SAME, _MAX_SAME_DIGITS = 4, 3
_CUT_AFTER = re.compile(r"[\s`*\\]{0,8}(?:\.\.\.|…|\[(?:cut|[0-9])|\Z)")
_CUT_BEFORE = re.compile(r"(?:\A|\.\.\.|…|[a-z]\](?=\s))[\s`*\\]{0,8}\Z")
_MARK_CHARACTERS = 12
"""More than what stands between a mark and what it cut off."""


def find_pieces(text: str, secrets: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Where pieces of them begin and end in `text`, in time that follows its length.

    Of what was drawn at random every run of eight characters is one, in either case of letters. Of
    words, as in a pass phrase, only the beginning or the end of a secret right at a cut.
    """
    raw, bare = _collect_runs(secrets)
    small = text.translate(LOWER)
    yield from ((at, at + PIECE_CHARACTERS) for at in _find_runs(small, raw))
    if hits := _find_runs(squeeze(small), bare):
        places = map_places(small)
        yield from ((places[at][0], places[at + PIECE_CHARACTERS - 1][1]) for at in hits)
    for secret in secrets:
        if len(secret) > PIECE_CHARACTERS:
            yield from _find_ends(text, secret)


def _find_runs(text: str, runs: frozenset[str]) -> list[int]:
    size = PIECE_CHARACTERS
    if not runs:
        return []
    return [at for at in range(len(text) - size + 1) if text[at : at + size] in runs]


@lru_cache(maxsize=16)
def _collect_runs(secrets: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    both = [_make_runs(secret) for secret in secrets]
    return (
        frozenset().union(*(raw for raw, _ in both)),
        frozenset().union(*(bare for _, bare in both)),
    )


@lru_cache(maxsize=1024)
def _make_runs(secret: str) -> tuple[frozenset[str], frozenset[str]]:
    """As they stand in the secret, and as they stand in a squeezed text."""
    marked = list(zip(secret.translate(LOWER), _mark_random(secret), strict=True))
    bare = [each for each in marked if not DROPPED.match(each[0])]
    return frozenset(_cut_runs(marked)), frozenset(_cut_runs(bare))


def _cut_runs(marked: list[tuple[str, bool]]) -> Iterator[str]:
    # A secret of eight characters is none that a cut leaves a piece of.
    if len(marked) > PIECE_CHARACTERS:
        for at in range(len(marked) - PIECE_CHARACTERS + 1):
            each = marked[at : at + PIECE_CHARACTERS]
            run = "".join(char for char, _ in each)
            if sum(drawn for _, drawn in each) >= _MIN_RANDOM and not _is_filler(run):
                yield run


def _is_filler(run: str) -> bool:
    """As zeros before a number: what stands in numbers of other things, too."""
    most = max(map(run.count, run))
    return most > (_MAX_SAME_DIGITS if run.isdecimal() else _MAX_SAME)


def _mark_random(secret: str) -> list[bool]:
    """For each character, whether it is of no word.

    What is drawn at random has a word by chance: a short one counts where none but such stands
    between it and random parts on both sides.
    """
    drawn = [False] * len(secret)
    last = None
    for part in _PART.finditer(secret):
        if not _is_word(part[0]):
            start = part.start() if last is None else last
            drawn[start : part.end()] = [True] * (part.end() - start)
            last = part.end()
        elif len(part[0]) > _MAX_BRIDGE_CHARACTERS:
            last = None
    return drawn


def _is_word(part: str) -> bool:
    return len(part) <= _MAX_WORD_CHARACTERS and _WORDS.fullmatch(part) is not None


def _find_ends(text: str, secret: str) -> Iterator[tuple[int, int]]:
    """Its beginning before a cut, and its end behind one; a single word is no piece."""
    for start, size in _find_beginnings(text, secret):
        if len(_PART.findall(secret[:size])) > 1 and _CUT_AFTER.match(text, start + size):
            yield start, start + size
    for start, size in _find_beginnings(text[::-1], secret[::-1]):
        at = len(text) - start - size
        before = text[max(0, at - _MARK_CHARACTERS) : at]
        if len(_PART.findall(secret[-size:])) > 1 and _CUT_BEFORE.search(before):
            yield at, at + size


def _find_beginnings(text: str, secret: str) -> Iterator[tuple[int, int]]:
    """Where it begins in the text, and how many of its characters are there."""
    at = text.find(secret[:PIECE_CHARACTERS])
    while at >= 0:
        size = PIECE_CHARACTERS
        while size < len(secret) and text[at + size : at + size + 1] == secret[size]:
            size += 1
        yield at, size
        at = text.find(secret[:PIECE_CHARACTERS], at + size)
