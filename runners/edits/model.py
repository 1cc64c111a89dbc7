"""The types of edits: what a reply asks for, and the file contents that result."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

Read: TypeAlias = Callable[[str], bytes | None]
"""Current bytes of a path, None where there is no file."""

Tag = Literal[" ", "-", "+"]
Tagged: TypeAlias = tuple[Tag, str]
Span: TypeAlias = tuple[int, int]
"""First and last line, from 1."""

MAX_ALIGNED_CELLS = 250_000
"""Lines times lines above which two texts are not aligned; hostile text would take minutes."""
# SequenceMatcher takes quadratic time in the worst case:
# https://docs.python.org/3.11/library/difflib.html#sequencematcher-objects
MAX_EQUAL_PAIRS = 1_500
"""Pairs of equal lines above which aligning costs too much for one block of many."""


class EditError(Exception):
    """The reply cannot be applied, and nothing was written. `hint` is for the next attempt."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(f"{reason}\n{hint}" if hint else reason)
        self.reason = reason
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Edits:
    """The whole content of every file to write; None deletes it."""

    files: Mapping[str, bytes | None]
    formats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a reply says of a hunk's place, beside its old lines: none of it may contradict.

    `start` and `new_start` are the first old and new line as stated, from 1; `counts_match`: the
    stated counts are those of the body. `heading` is git's, after the second @@. `anchors` are the
    lines that V4A names after @@, outermost first. `in_order`: hunks of this format follow the
    file's order. `within` are the lines that the reply names for it. `at_end`: the file ends there.
    """

    start: int | None = None
    new_start: int | None = None
    counts_match: bool = False
    heading: str = ""
    anchors: tuple[str, ...] = ()
    in_order: bool = False
    within: Span | None = None
    at_end: bool = False


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that stay, go and come, in order, without line ends.

    `final_newline` is what the diff says of the last new line, None where it says nothing. Of
    `other_readings` of the same text, the one that fits the file is meant.
    """

    lines: tuple[Tagged, ...]
    label: str
    evidence: Evidence = Evidence()
    is_diff: bool = False
    final_newline: bool | None = None
    other_readings: tuple["Hunk", ...] = ()

    @property
    def old(self) -> list[str]:
        return [text for tag, text in self.lines if tag != "+"]

    @property
    def new(self) -> list[str]:
        return [text for tag, text in self.lines if tag != "-"]

    @property
    def has_changes(self) -> bool:
        return any(tag != " " for tag, _ in self.lines)

    def with_lines(self, lines: list[Tagged]) -> "Hunk":
        """Keep a diff's own tags; align a search and its replacement afresh."""
        if not self.is_diff:
            old = [text for tag, text in lines if tag != "+"]
            lines = align_lines(old, [text for tag, text in lines if tag != "-"])
        return replace(self, lines=tuple(lines))


@dataclass(frozen=True, slots=True)
class Patch:
    """`base_blob_id`: the old file's id, shortened, as a git diff states it.

    `keeps_final_newline`: the format can say that a file has none. `sections`: the lines that were
    shown, where old lines are looked for before the rest of the file.
    """

    path: str
    hunks: tuple[Hunk, ...]
    move_to: str = ""
    keeps_final_newline: bool = True
    base_blob_id: str = ""
    sections: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class WholeFile:
    """`end_shown`: the reply shows where the file ends. `exact`: bytes as given.

    `named`: the reply says plainly which file it is.
    """

    path: str
    text: str
    label: str
    end_shown: bool = True
    exact: bool = False
    creates: bool = False
    overwrites: bool = True
    named: bool = True


@dataclass(frozen=True, slots=True)
class Removal:
    """`lines`: what the reply believes the file holds, None when it does not say."""

    path: str
    label: str
    lines: tuple[str, ...] | None = None


Edit: TypeAlias = Patch | WholeFile | Removal


@dataclass(frozen=True, slots=True)
class FoundEdits:
    """What one format saw in a reply; `spans` are the lines it used up: (first, past the last)."""

    edits: tuple[Edit, ...] = ()
    spans: tuple[tuple[int, int], ...] = field(default=())


def align_lines(
    old: list[str], new: list[str], *, max_pairs: int = MAX_EQUAL_PAIRS
) -> list[Tagged]:
    """Tag the lines that lead from `old` to `new`, so that unchanged ones keep the file's bytes."""
    if not old or not new:
        return [*(("-", text) for text in old), *(("+", text) for text in new)]
    if len(old) * len(new) > MAX_ALIGNED_CELLS or _count_equal_pairs(old, new) > max_pairs:
        return _align_ends(old, new)
    tagged: list[Tagged] = []
    # autojunk would ignore a line that is more than 1 % of a text of 200 lines or more:
    # https://docs.python.org/3.11/library/difflib.html#difflib.SequenceMatcher
    for op, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == "equal":
            tagged += [(" ", text) for text in old[i:j]]
        else:
            tagged += [("-", text) for text in old[i:j]] + [("+", text) for text in new[k:m]]
    return tagged


def _count_equal_pairs(old: list[str], new: list[str]) -> int:
    """How many lines of one equal how many of the other."""
    times = Counter(new)
    return sum(times[text] for text in old)


def _align_ends(old: list[str], new: list[str]) -> list[Tagged]:
    head = common_prefix_length(old, new)
    tail = common_prefix_length(old[head:][::-1], new[head:][::-1])
    tagged: list[Tagged] = [(" ", text) for text in old[:head]]
    tagged += [("-", text) for text in old[head : len(old) - tail]]
    tagged += [("+", text) for text in new[head : len(new) - tail]]
    return tagged + [(" ", text) for text in old[len(old) - tail :]]


def common_prefix_length(first: list[str] | str, second: list[str] | str) -> int:
    """How many first items two sequences have in common."""
    count = 0
    for a, b in zip(first, second, strict=False):
        if a != b:
            break
        count += 1
    return count
