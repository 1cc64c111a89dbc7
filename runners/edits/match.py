"""Finding the places in a file where a hunk fits, exactly or with growing leniency."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import takewhile
from typing import TypeAlias

from runners.edits.match_indent import reindent_hunk
from runners.edits.match_typos import (
    restyle_hunk,
    straighten_typography,
    without_entities,
    without_numbers,
)
from runners.edits.model import Hunk, Tagged

ENTITIES = "HTML entities"
MAX_TRIMMED_READINGS = 12


@dataclass(frozen=True, slots=True)
class Match:
    """`at` counts from 0; `hunk` is the reading that fits; `leniency`: what had to be forgiven."""

    at: int
    hunk: Hunk
    leniency: str = ""

    @property
    def past(self) -> int:
        return self.at + len(self.hunk.old)


Level: TypeAlias = Callable[[Hunk, Sequence[str]], list[Match]]


def find_matches(hunk: Hunk, bodies: Sequence[str]) -> list[Match]:
    """All places at the first level of forgiveness that has any; the strictest comes first.

    A search block that can be divided in several ways must fit in one of them only.
    """
    if hunk.other_readings and not hunk.is_diff:
        readings = [
            find_matches(replace(item, other_readings=()), bodies)
            for item in (hunk, *hunk.other_readings)
        ]
        return [match for found in readings for match in found]
    for reading, leniency in _readings(hunk):
        for name, level in LEVELS.items():
            if found := level(reading, bodies):
                all_leniency = ", ".join(filter(None, (leniency, name)))
                return [replace(match, leniency=all_leniency) for match in found]
    return []


def _readings(hunk: Hunk) -> Iterator[tuple[Hunk, str]]:
    yield hunk, ""
    for other in hunk.other_readings:
        yield other, ""
    for name, correct in TYPOS.items():
        for reading in (hunk, *hunk.other_readings):
            for corrected in correct(reading):
                yield corrected, name


@dataclass(frozen=True, slots=True)
class _Index:
    """A file's lines under one way of comparing them, and where each stands."""

    keys: tuple[str, ...]
    places: dict[str, list[int]]


@lru_cache(maxsize=16)
def _index_lines(bodies: tuple[str, ...], key: Callable[[str], str]) -> _Index:
    """Kept for the next hunk of the same file."""
    keys = tuple(map(key, bodies))
    places: dict[str, list[int]] = {}
    for at, text in enumerate(keys):
        places.setdefault(text, []).append(at)
    return _Index(keys, places)


def find_lines(
    bodies: Sequence[str], wanted: Sequence[str], key: Callable[[str], str] = str
) -> list[int]:
    """Starts at which `wanted` stands in the file, both seen through `key`."""
    index = _index_lines(tuple(bodies), key)
    target = tuple(map(key, wanted))
    positions = [index.places.get(text, []) for text in target]
    if not positions:
        return []
    # Starting from the line that is there least often compares the fewest places.
    rarest = min(range(len(positions)), key=lambda i: len(positions[i]))
    starts = [at - rarest for at in positions[rarest] if at >= rarest]
    return [at for at in starts if index.keys[at : at + len(target)] == target]


def contains_lines(bodies: Sequence[str], text: Sequence[str]) -> bool:
    """Whether the lines stand in the file just so, blank ones alone not counting."""
    return any(line.strip() for line in text) and bool(find_lines(bodies, text))


def _match_exactly(hunk: Hunk, bodies: Sequence[str]) -> list[Match]:
    return [Match(at, hunk) for at in find_lines(bodies, hunk.old)]


def _match_trailing_blanks(hunk: Hunk, bodies: Sequence[str]) -> list[Match]:
    if not _has_text(hunk):
        return []
    return [Match(at, hunk) for at in find_lines(bodies, hunk.old, str.rstrip)]


def _match_unmarked_context(hunk: Hunk, bodies: Sequence[str]) -> list[Match]:
    """Context lines whose leading blank was forgotten, so that they lost one of their own."""
    if not hunk.is_diff or not _has_text(hunk):
        return []
    tagged = [(tag, text.rstrip()) for tag, text in hunk.lines if tag != "+"]
    found = []
    for at in find_lines(bodies, hunk.old, str.strip):
        file_lines = [body.rstrip() for body in bodies[at : at + len(tagged)]]
        if all(
            _fits_body(tag, text, body)
            for (tag, text), body in zip(tagged, file_lines, strict=True)
        ):
            found.append(Match(at, hunk))
    return found


def _fits_body(tag: str, text: str, body: str) -> bool:
    return text == body or (tag == " " and body == " " + text)


def _match_indented(hunk: Hunk, bodies: Sequence[str]) -> list[Match]:
    if not _has_text(hunk):
        return []
    found = []
    for at in find_lines(bodies, hunk.old, str.strip):
        reindented = reindent_hunk(hunk, bodies[at : at + len(hunk.old)])
        if reindented is not None:
            found.append(Match(at, reindented))
    return found


def _match_typography(hunk: Hunk, bodies: Sequence[str]) -> list[Match]:
    if not _has_text(hunk):
        return []
    found = []
    for at in find_lines(bodies, hunk.old, _straighten_line):
        fitted = restyle_hunk(hunk, bodies[at : at + len(hunk.old)], bodies)
        if fitted is not None:
            found.append(Match(at, fitted))
    return found


def _straighten_line(text: str) -> str:
    return straighten_typography(text.rstrip())


def _has_text(hunk: Hunk) -> bool:
    # Brackets and blank lines alone fit in too many places to be matched leniently.
    return any(character.isalnum() for text in hunk.old for character in text)


def _trim_edges(hunk: Hunk) -> Iterator[Hunk]:
    """With fewer blank old lines at the edges: quotations have some too many."""
    head = _leading_blanks(hunk.lines, range(len(hunk.lines)), {" ", "-"})
    back = range(len(hunk.lines) - 1, -1, -1)
    tail = _leading_blanks(hunk.lines, back, {" "}) or _leading_blanks(
        hunk.lines, [at for at in back if hunk.lines[at][0] != "+"], {"-"}
    )
    cuts = [(i, j) for i in range(len(head) + 1) for j in range(len(tail) + 1) if i + j]
    for i, j in sorted(cuts, key=sum)[:MAX_TRIMMED_READINGS]:
        dropped = {*head[:i], *tail[:j]}
        lines = tuple(line for at, line in enumerate(hunk.lines) if at not in dropped)
        if any(tag != "+" for tag, _ in lines):
            yield replace(hunk, lines=lines)


def _leading_blanks(lines: Sequence[Tagged], order: Iterable[int], tags: set[str]) -> list[int]:
    """Where blank lines stand at the beginning of that order."""
    return list(takewhile(lambda at: lines[at][0] in tags and not lines[at][1].strip(), order))


def _yield_changed(correct: Callable[[Hunk], Hunk | None]) -> Callable[[Hunk], Iterator[Hunk]]:
    def readings(hunk: Hunk) -> Iterator[Hunk]:
        if (corrected := correct(hunk)) is not None and corrected != hunk:
            yield corrected

    return readings


# From strict to lenient, in the order of Codex: exact, trailing blanks, all blanks, typography.
# https://github.com/openai/codex/blob/main/codex-rs/apply-patch/src/seek_sequence.rs
LEVELS: dict[str, Level] = {
    "": _match_exactly,
    "trailing blanks": _match_trailing_blanks,
    "context without its blank": _match_unmarked_context,
    "indentation": _match_indented,
    "typography": _match_typography,
}

TYPOS: dict[str, Callable[[Hunk], Iterator[Hunk]]] = {
    "blank lines at an edge": _trim_edges,
    "line numbers": _yield_changed(without_numbers),
    ENTITIES: _yield_changed(without_entities),
}
