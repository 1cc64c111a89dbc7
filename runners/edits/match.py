"""Finding the places in a file where a hunk's old lines stand, exactly or with growing leniency.

Places are counted as the reply gives the lines. What has to change in the hunk is worked out for
the one place that is left then: the only place where a change works is not the only place.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import NamedTuple

from runners.edits.file_lines import FileLines, Key
from runners.edits.match_indent import reindent_hunk
from runners.edits.match_typos import (
    restyle_hunk,
    straighten_typography,
    without_entities,
    without_numbers,
)
from runners.edits.model import Hunk, Tagged

ENTITIES = "HTML entities"
EDGES = "blank lines at an edge"
EXACT = ""
TYPOGRAPHY = "typography"
MAX_TRIMMED_READINGS = 12


@dataclass(frozen=True, slots=True)
class Match:
    """`at` counts from 0; `hunk` is the reading that fits; `leniency`: what had to be forgiven.

    `level` says how its lines were compared, by its name in `LEVELS`.
    """

    at: int
    hunk: Hunk
    leniency: str = ""
    level: str = EXACT

    @property
    def past(self) -> int:
        return self.at + len(self.hunk.old)


class Level(NamedTuple):
    """A way of comparing lines.

    `find` counts the places before anything is changed. `fit` gives the hunk as it belongs at one
    of them; None where nothing proves how.
    """

    find: Callable[[Hunk, FileLines], list[int]]
    fit: Callable[[Hunk, FileLines, int], Hunk | None]


def find_matches(hunk: Hunk, file: FileLines) -> list[Match]:
    """All places at the first level of forgiveness that has any; the strictest comes first.

    A search block that can be divided in several ways must fit in one of them only.
    """
    if hunk.other_readings and not hunk.is_diff:
        readings = [
            find_matches(replace(item, other_readings=()), file)
            for item in (hunk, *hunk.other_readings)
        ]
        return [match for found in readings for match in found]
    for reading, typo in _readings(hunk):
        for name, level in LEVELS.items():
            if starts := level.find(reading, file):
                leniency = ", ".join(filter(None, (typo, name)))
                return [Match(at, reading, leniency, name) for at in starts]
    return []


def fit_hunk(match: Match, file: FileLines) -> Hunk | None:
    """The hunk as it belongs at the place, None where nothing proves how it does."""
    return LEVELS[match.level].fit(match.hunk, file, match.at)


def _readings(hunk: Hunk) -> Iterator[tuple[Hunk, str]]:
    yield hunk, ""
    for other in hunk.other_readings:
        yield other, ""
    for name, correct in TYPOS.items():
        for reading in (hunk, *hunk.other_readings):
            for corrected in correct(reading):
                yield corrected, name


def contains_lines(bodies: Sequence[str], text: Sequence[str]) -> bool:
    """Whether the lines stand in the file just so, blank ones alone not counting."""
    return any(line.strip() for line in text) and bool(FileLines(bodies).find(text))


def _compare_by(key: Key) -> Callable[[Hunk, FileLines], list[int]]:
    def find(hunk: Hunk, file: FileLines) -> list[int]:
        return file.find(hunk.old, key) if has_text(hunk) else []

    return find


def _find_exactly(hunk: Hunk, file: FileLines) -> list[int]:
    found = file.find(hunk.old)
    if not found or has_text(hunk):
        return found
    # Brackets and blank lines prove a place only where such stand nowhere else, however indented.
    return file.find(hunk.old, strip_blanks)


def has_text(hunk: Hunk) -> bool:
    """Whether the old lines hold more than brackets and blanks, which fit in too many places."""
    return any(character.isalnum() for text in hunk.old for character in text)


def _keep_hunk(hunk: Hunk, _file: FileLines, _at: int) -> Hunk | None:
    return hunk


def _keep_if_equal(hunk: Hunk, file: FileLines, at: int) -> Hunk | None:
    return hunk if list(file.bodies[at : at + len(hunk.old)]) == hunk.old else None


def _find_unmarked_context(hunk: Hunk, file: FileLines) -> list[int]:
    """Context lines whose leading blank was forgotten, so that they lost one of their own."""
    if not hunk.is_diff or not has_text(hunk):
        return []
    tagged = [(tag, text.rstrip()) for tag, text in hunk.lines if tag != "+"]
    return [
        at
        for at in file.find(hunk.old, strip_blanks)
        if all(
            _fits_body(tag, text, body.rstrip())
            for (tag, text), body in zip(tagged, file.bodies[at : at + len(tagged)], strict=True)
        )
    ]


def _fits_body(tag: str, text: str, body: str) -> bool:
    return text == body or (tag == " " and body == " " + text)


def _reindent(hunk: Hunk, file: FileLines, at: int) -> Hunk | None:
    return reindent_hunk(hunk, file.bodies, at)


def _restyle(hunk: Hunk, file: FileLines, at: int) -> Hunk | None:
    return restyle_hunk(hunk, file.bodies[at : at + len(hunk.old)], file.bodies)


def strip_blanks(text: str) -> str:
    """Blanks and tabs alone: other white space is typography."""
    return text.strip(" \t")


def _straighten_line(text: str) -> str:
    return straighten_typography(text.rstrip())


def _trim_edges(hunk: Hunk) -> Iterator[Hunk]:
    """With fewer blank old lines at the edges: quotations have some too many."""
    return _trim_diff(hunk) if hunk.is_diff else _trim_block(hunk)


def _trim_block(hunk: Hunk) -> Iterator[Hunk]:
    old, new = hunk.old, hunk.new
    if not any(map(str.strip, old)):
        return
    head, tail = _count_blanks(old), _count_blanks(old[::-1])
    for i, j in _list_cuts(head, tail):
        kept = old[i : len(old) - j]
        first = _cut_along(new, old[:head], i)
        last = len(new) - _cut_along(new[::-1], old[::-1][:tail], j)
        lines: list[Tagged] = [("-", text) for text in kept]
        lines += [("+", text) for text in new[first:last]]
        yield hunk.with_lines(lines)


def _cut_along(new: Sequence[str], quoted: Sequence[str], cut: int) -> int:
    """Lines to cut off the new text, too, where `cut` of the quoted blank ones are too many.

    None where it has fewer blank lines than those: then only the quotation had some added.
    """
    if list(new[: len(quoted)]) == list(quoted):
        return cut
    count = sum(1 for _ in takewhile(lambda text: not text, new))
    return min(cut, count) if count > len(quoted) - cut else 0


def _list_cuts(head: int, tail: int) -> list[tuple[int, int]]:
    cuts = [(i, j) for i in range(head + 1) for j in range(tail + 1) if i + j]
    return sorted(cuts, key=sum)[:MAX_TRIMMED_READINGS]


def _count_blanks(texts: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda text: not text.strip(), texts))


def _trim_diff(hunk: Hunk) -> Iterator[Hunk]:
    head = _leading_blanks(hunk.lines, range(len(hunk.lines)), {" ", "-"})
    back = range(len(hunk.lines) - 1, -1, -1)
    tail = _leading_blanks(hunk.lines, back, {" ", "-"}) or _leading_blanks(
        hunk.lines, [at for at in back if hunk.lines[at][0] != "+"], {"-"}
    )
    # Of equal lines in a row, those that the new text has not are the ones too many.
    head.sort(key=lambda at: hunk.lines[at][0] != "-")
    tail.sort(key=lambda at: hunk.lines[at][0] != "-")
    for i, j in _list_cuts(len(head), len(tail)):
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
    EXACT: Level(_find_exactly, _keep_if_equal),
    "trailing blanks": Level(_compare_by(str.rstrip), _keep_hunk),
    "context without its blank": Level(_find_unmarked_context, _keep_hunk),
    "indentation": Level(_compare_by(strip_blanks), _reindent),
    TYPOGRAPHY: Level(_compare_by(_straighten_line), _restyle),
}

TYPOS: dict[str, Callable[[Hunk], Iterator[Hunk]]] = {
    EDGES: _trim_edges,
    "line numbers": _yield_changed(without_numbers),
    ENTITIES: _yield_changed(without_entities),
}
