"""Puts what a reviewer named on lines of the diff: nothing else can have a comment there."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.review.model import MAX_FAULTS, Fault

ALIKE = 0.6
"""Of the words of two remarks together, how many both have where they say the same."""

FORM_WORDS = frozenset({"PATH", "FILE", "FILENAME", "PATH/TO/FILE"})
"""What a model writes that copies the form in place of filling it in: the file, if there is one."""


@dataclass(frozen=True, slots=True)
class Placed:
    """`dropped` counts faults of files that are not in the diff, `over` those beyond the first."""

    faults: tuple[Fault, ...]
    dropped: int = 0
    over: int = 0


def name_files(faults: Sequence[Fault], lines: Mapping[str, Sequence[int]]) -> tuple[Fault, ...]:
    """With the whole path where a fault has its end, or another beginning, of one file alone."""
    paths = [path for path, shown in lines.items() if shown]
    return tuple(replace(fault, path=_find_file(fault.path, paths)) for fault in faults)


def _find_file(named: str, paths: Sequence[str]) -> str:
    """Models leave out folders, write a diff's `b/`, or copy the form."""
    if named in paths:
        return named
    is_form = named.strip("<>{}").upper() in FORM_WORDS
    meant = [
        path
        for path in paths
        if is_form or path.endswith(f"/{named}") or named.endswith(f"/{path}")
    ]
    return meant[0] if len(meant) == 1 else named


def place_faults(named: Sequence[Fault], lines: Mapping[str, Sequence[int]]) -> Placed:
    """`lines` are those of each file that the diff shows.

    A line beside the diff becomes the nearest one of its file that is in it; of two that are as
    near, the earlier. One place has one comment of the same words.
    """
    found: list[Fault] = []
    dropped = 0
    for fault in named:
        shown = lines.get(fault.path, ())
        if not shown:
            dropped += 1
            continue
        near = min(shown, key=lambda line: (abs(line - fault.line), line))
        moved = fault if near == fault.line else replace(fault, line=near, named_line=fault.line)
        if not any(_is_same(moved, other) for other in found):
            found.append(moved)
    return Placed(tuple(found[:MAX_FAULTS]), dropped, max(0, len(found) - MAX_FAULTS))


def drop_repeated(faults: Sequence[Fault], told: Sequence[tuple[str, str]]) -> tuple[Fault, ...]:
    """Without what was told of the same file before in much the same words: path and words."""
    return tuple(
        fault
        for fault in faults
        if not any(path == fault.path and _are_alike(said, fault.said) for path, said in told)
    )


def _are_alike(one: str, other: str) -> bool:
    """By their words: a model that reads a file again finds other words for the same fault."""
    first, second = (frozenset(re.findall(r"\w{3,}", text.lower())) for text in (one, other))
    if not first or not second:
        return one == other
    return len(first & second) >= ALIKE * len(first | second)


def _is_same(one: Fault, other: Fault) -> bool:
    return (one.path, one.line, one.said) == (other.path, other.line, other.said)
