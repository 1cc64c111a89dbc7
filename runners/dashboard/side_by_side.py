"""A diff as two columns: what stood there, and what stands there now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk, PatchSet

from runners.dashboard.page_room import measure

MAX_BYTES = 60_000
"""Of one diff, as a page has it. All of it is in the text."""
MAX_READ_CHARACTERS = 1_000_000
"""A longer one is shown as text."""
MAX_LINE_CHARACTERS = 500
_ROW_BYTES, _FILE_BYTES = 180, 400
"""What stands around a row, and around a file's name."""


@dataclass(frozen=True, slots=True)
class Row:
    """`left` and `right` are None where the other side alone has a line. Numbers count from 1.

    Lines that read alike may have `changed` all the same: in how they end, or where they are cut.
    """

    left_number: int | None
    left: str | None
    right_number: int | None
    right: str | None
    changed: bool = True

    @property
    def kind(self) -> Literal["same", "changed", "added", "removed"]:
        if self.left is None:
            return "added"
        if self.right is None:
            return "removed"
        return "changed" if self.changed else "same"


@dataclass(frozen=True, slots=True)
class FileDiff:
    path: str
    hunks: tuple[tuple[Row, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class SideBySide:
    """`left_out` rows had no room."""

    files: tuple[FileDiff, ...] = ()
    left_out: int = 0


@dataclass(slots=True)
class _Room:
    left: int = MAX_BYTES
    left_out: int = 0

    def take(self, rows: Sequence[Row]) -> tuple[Row, ...]:
        """The first of them, as many as there is room for."""
        kept = tuple(row for row in rows if self.has(_ROW_BYTES, row.left, row.right))
        self.left_out += len(rows) - len(kept)
        return kept

    def has(self, around: int, *texts: str | None) -> bool:
        """What once had no room ends it: a smaller row after it would stand in its place."""
        self.left -= around + sum(measure(text) for text in texts if text)
        return self.left >= 0


def pair_lines(diff: str) -> SideBySide | None:
    """None where it is no diff of text, or too long a one: then it is shown as it reads."""
    if len(diff) > MAX_READ_CHARACTERS:
        return None
    try:
        patch = PatchSet(diff)
    except (UnidiffParseError, ValueError):
        return None
    room, files = _Room(), []
    for file in patch:
        is_shown = room.has(_FILE_BYTES, file.path)
        hunks = tuple(kept for hunk in file if (kept := room.take(list(_pair_hunk(hunk)))))
        if is_shown:
            files.append(FileDiff(file.path, hunks))
    return SideBySide(tuple(files), room.left_out) if files else None


def _pair_hunk(hunk: Hunk) -> Iterator[Row]:
    """Removed lines stand beside those that were added in their place."""
    removed: list[tuple[int | None, str]] = []
    added: list[tuple[int | None, str]] = []
    for line in hunk:
        text = line.value.removesuffix("\n")
        if line.is_removed:
            removed.append((line.source_line_no, text))
        elif line.is_added:
            added.append((line.target_line_no, text))
        elif line.is_context:
            yield from _pair(removed, added)
            removed, added = [], []
            shown = _show(text)
            yield Row(line.source_line_no, shown, line.target_line_no, shown, changed=False)
    yield from _pair(removed, added)


def _pair(
    removed: Sequence[tuple[int | None, str]], added: Sequence[tuple[int | None, str]]
) -> Iterator[Row]:
    nothing = (None, None)
    for at in range(max(len(removed), len(added))):
        left = removed[at] if at < len(removed) else nothing
        right = added[at] if at < len(added) else nothing
        yield _make_row(*left, *right)


def _make_row(
    left_number: int | None, left: str | None, right_number: int | None, right: str | None
) -> Row:
    """Where the lines differ in a carriage return alone, it is kept, so that it is seen."""
    texts = [None if text is None else _show(text) for text in (left, right)]
    if left and right and left.rstrip("\r") == right.rstrip("\r"):
        texts = [text[:MAX_LINE_CHARACTERS] for text in (left, right)]
    return Row(left_number, texts[0], right_number, texts[1])


def _show(text: str) -> str:
    return text.rstrip("\r")[:MAX_LINE_CHARACTERS]
