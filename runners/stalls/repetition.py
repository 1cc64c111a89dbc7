"""Runaway repetition: the same text over and over, noticed while it streams."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

RUNAWAY = "runaway-repetition"

_TAIL = 20_000
_PROBE = 32
_CANDIDATES = 64
_WORD = re.compile(r"[^\W\d_]{2,}")
_LITERAL = frozenset({"none", "null", "nil", "true", "false"})


@dataclass(frozen=True, slots=True)
class Bounds:
    """At least `repeats` copies in a row that cover at least `chars` characters."""

    repeats: int
    chars: int


PROSE = Bounds(10, 500)
CODE = Bounds(6, 2_000)
BLANK = Bounds(300, 300)
DATA = Bounds(12, 12_000)
"""Zeros, Nones, dots and rulers: real tables are full of them, so only an absurd amount counts."""


def loop(text: str, prose: Bounds = PROSE, code: Bounds | None = CODE) -> bool:
    """Whether `text` ends in exact copies of one piece, too many for what it is.

    Lines that are only alike (a counter, a name) are a table, not a loop. `code` is what counts
    inside an open fence; None means nothing there does.
    """
    tail, fenced = text[-_TAIL:], _fenced(text)
    for size in islice(_distances(tail), _CANDIDATES):
        bounds = _bounds(tail[-size:], prose, code, fenced=fenced)
        copies = _copies(tail, size)
        if bounds and copies >= bounds.repeats and copies * size >= bounds.chars:
            return True
    return False


def _bounds(unit: str, prose: Bounds, code: Bounds | None, *, fenced: bool) -> Bounds | None:
    if fenced and code is None:
        return None
    if not unit.strip():
        return BLANK
    if not _says_something(unit):
        return DATA
    return code if fenced else prose


def _says_something(unit: str) -> bool:
    """Whether it holds a word. `unit` may begin inside one, so whole words of its copies count."""
    copies = unit * 3
    words = [w for w in _WORD.finditer(copies) if w.start() > 0 and w.end() < len(copies)]
    return any(word.group().lower() not in _LITERAL for word in words)


def _distances(tail: str) -> Iterator[int]:
    """How far back the last characters were seen before, nearest first: each may be a period."""
    probe = tail[-_PROBE:]
    at = tail.rfind(probe, 0, len(tail) - 1) if len(probe) == _PROBE else -1
    while at >= 0:
        yield len(tail) - _PROBE - at
        at = tail.rfind(probe, 0, at + _PROBE - 1)


def _copies(tail: str, size: int) -> int:
    """How many whole copies of the last `size` characters stand in a row at the end."""
    unit, copies = tail[-size:], 1
    while tail.endswith(unit, 0, len(tail) - copies * size):
        copies += 1
    return copies


def _fenced(text: str) -> bool:
    return (text.startswith("```") + text.count("\n```")) % 2 == 1
