"""Telling a piece of a file from a new version of it by the lines that nothing stands for."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.code import language_of
from runners.edits.landmarks import find_landmarks
from runners.edits.line_gaps import Gap, strip_filled
from runners.edits.lost_parts import COMMON_WORDS
from runners.edits.reply_text import PROSE_EXTENSIONS, file_extension

MIN_FILE_LINES = 3
"""Lines a file must have before anything can be a piece of it."""
MIN_DROPPED_LINES = 2
PIECE_SHARE = 0.3
"""Of a file's lines, gone without a counterpart: a list or settings that are shorter by so much."""
HOLE_SHARE = 0.2
"""Of a file's lines, gone in one piece while the answer changes something else."""
ENTRY = re.compile(r"^\s*(?:[-*+]\s+\S|[\"'\w$@.<][^#]*[,;]$|[\w.\"'-]+\s*[:=](?:\s|$)|<\w)")
"""A line of data that is an item by itself: of a list, a key, a tag, a value among others."""
KNOWN_SHARE = 0.5
"""Of an answer's lines, kept or edited ones: with fewer the file was written anew."""
WORD = re.compile(r"\w+")
FIRST_WORD = re.compile(r"[^\s=:,;(){}\[\]<>|]+")


@dataclass(frozen=True, slots=True)
class _Drop:
    """Lines of the file that a gap has no new ones for: `count` of them.

    `first` and `past` say where they stand, without those at the edges that were edited; `come` is
    the number of new lines for the rest, `edited` that of the edited ones.
    """

    first: int
    past: int
    count: int
    come: int
    edited: int


def describe_dropped_lines(
    path: str, before: Sequence[str], after: Sequence[str], gaps: Sequence[Gap]
) -> str:
    """Why an answer looks like a piece of the file; empty for a new version of all of it.

    `gaps` are where the two differ.

    The form of a file tells nothing here, so that it holds for files of every kind.
    """
    old, new = strip_filled(before), strip_filled(after)
    if len(old) < MIN_FILE_LINES or len(new) >= len(old):
        return ""
    lost = Counter(old) - Counter(new)
    parts = find_landmarks(path, before)
    code = bool(language_of(path))
    is_data = not code and file_extension(path) not in PROSE_EXTENSIONS
    drops = [_measure_drop(gap, before, after, lost, code=code) for gap in gaps]
    names = _words_of(set(parts) - set(find_landmarks(path, after)))
    least = HOLE_SHARE * len(old)
    hole = _find_hole(
        [
            x
            for x in drops
            if not _holds_part(x, before, names)
            and (x.count >= least or (is_data and _is_entry(before[x.first : x.past])))
        ],
        drops,
    )
    if hole is None and not code and _is_piece(drops, old, new):
        hole = max(drops, key=lambda drop: drop.count)
    if hole is None:
        return ""
    first, past = hole.first + 1, hole.past
    return f"it has {len(new)} lines where the file has {len(old)}: see lines {first}-{past}"


def _measure_drop(
    gap: Gap, before: Sequence[str], after: Sequence[str], lost: Counter[str], *, code: bool
) -> _Drop:
    old = [at for at in range(gap.first, gap.past) if before[at].strip()]
    new = strip_filled(after[gap.new_first : gap.new_past])
    edited = 0
    for edge in (0, -1):
        while old and new and _is_edited(before[old[edge]], new[edge], code=code):
            del old[edge], new[edge]
            edited += 1
    gone = sum(before[at].strip() in lost for at in old)
    first, past = (old[0], old[-1] + 1) if old else (gap.first, gap.first)
    return _Drop(first, past, max(0, min(gone, len(old) - len(new))), len(new), edited)


def _is_edited(old: str, new: str, *, code: bool) -> bool:
    """Whether half of the words are the same; more than `return` or `if` where it is code."""
    words = [WORD.findall(line) for line in (old, new)]
    if not all(words):
        return False
    same = 2 * (Counter(words[0]) & Counter(words[1])).total() - max(map(len, words))
    telling = words[0][0] == words[1][0] and words[0][0] not in COMMON_WORDS
    return same > 0 or (same == 0 and (telling or not code))


def _words_of(parts: set[str]) -> set[str]:
    """Of definitions and the like that are gone; `find_lost_parts` has found a reason for each."""
    return {word for name in parts for word in WORD.findall(name)}


def _holds_part(drop: _Drop, before: Sequence[str], names: set[str]) -> bool:
    words = {word for line in before[drop.first : drop.past] for word in WORD.findall(line)}
    return not names.isdisjoint(words)


def _is_entry(lines: Sequence[str]) -> bool:
    return any(ENTRY.match(line) for line in lines)


def _find_hole(candidates: Sequence[_Drop], drops: Sequence[_Drop]) -> _Drop | None:
    """A piece with nothing in its place, beside changes elsewhere: those were asked for."""
    holes = [drop for drop in candidates if not drop.come and drop.count]
    changes = any(drop.come or drop.edited for drop in drops)
    return holes[0] if holes and changes else None


def _is_piece(drops: Sequence[_Drop], old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether it has some lines of the file, as they were or edited, and none for the others."""
    gone = sum(drop.count for drop in drops)
    if gone < max(MIN_DROPPED_LINES, PIECE_SHARE * len(old)):
        return False
    heads = [Counter(map(_head, lines)) for lines in (old, new)]
    return (heads[0] & heads[1]).total() >= KNOWN_SHARE * len(new)


def _head(line: str) -> str:
    """What an edited line most likely still begins with: its key, its instruction, its name."""
    found = FIRST_WORD.search(line)
    return found[0].lower().rstrip(".!?") if found else line
