"""A file while the hunks of a reply go in."""

from dataclasses import dataclass, field
from itertools import groupby

from runners.edits.file_lines import SCANNED_PER_UNIT, FileLines
from runners.edits.filtered_text import check_characters, check_indentation
from runners.edits.model import Hunk
from runners.edits.reply_limits import count_work
from runners.edits.text_file import Line, Text


@dataclass(slots=True)
class Draft:
    """The file while its hunks go in. Lines are told apart by identity, so places stay known."""

    path: str
    before: Text
    file: FileLines
    lines: list[Line] = field(default_factory=list)
    final_newline: bool = True
    final_newline_stated: bool = False
    lenient: bool = False
    shifts: list[tuple[int, int]] = field(default_factory=list)
    """(line of the file as it was, lines more than before from there on)"""

    def apply_hunk(self, hunk: Hunk, start: int, at: int, *, lenient: bool = False) -> None:
        """Replace the old lines, which begin at line `start`; unchanged ones stay as they are.

        `at` is where that was in the file before the reply.
        """
        added = [text for tag, text in hunk.lines if tag == "+"]
        check_indentation(hunk.label, self.path, added, self.file.bodies, hunk.old)
        check_characters(hunk.label, self.path, added, self.file.bodies, hunk.old)
        count_work(len(hunk.lines) + len(self.lines) // SCANNED_PER_UNIT)
        past = start + len(hunk.old)
        kept = iter(self.lines[start:past])
        new: list[Line] = []
        for tag, text in hunk.lines:
            line = Line(text, self.before.line_end) if tag == "+" else next(kept)
            if tag != "-":
                new.append(line)
        self.lines[start:past] = new
        self._note_shifts(hunk, at)
        self._close(hunk, start + len(new))
        self.lenient = self.lenient or lenient

    def _note_shifts(self, hunk: Hunk, at: int) -> None:
        for is_kept, run in groupby(hunk.lines, key=lambda line: line[0] == " "):
            tags = [tag for tag, _ in run]
            at += len(tags) - tags.count("+")
            if not is_kept:
                self.shifts.append((at, 2 * tags.count("+") - len(tags)))

    def find_line(self, number: int) -> int | None:
        """Where a line of the file as it was stands now, None where it is gone."""
        wanted = self.before.lines[number]
        at = number + sum(added for first, added in self.shifts if first <= number)
        if 0 <= at < len(self.lines) and self.lines[at] is wanted:
            return at
        count_work(len(self.lines))
        # By identity, for equal lines may stand elsewhere.
        return next((i for i, line in enumerate(self.lines) if line is wanted), None)

    def _close(self, hunk: Hunk, past: int) -> None:
        if hunk.final_newline is not None and past == len(self.lines):
            self.final_newline, self.final_newline_stated = hunk.final_newline, True
