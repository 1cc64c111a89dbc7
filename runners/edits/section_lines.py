"""Reading the lines of a reply that name a section: `lines 12-40 of src/bank.py:`."""

import re
from collections.abc import Sequence

from runners.edits.file_names import FileNames
from runners.edits.model import Span
from runners.edits.path_lines import path_on_line
from runners.edits.reply_text import is_fence

SECTION_LINE = re.compile(
    r"^\W{0,8}lines?\s{1,4}(\d{1,9})\s?(?:-|\u2013|to)\s?(\d{1,9})\s+(?:of|in|from)\s+(\S[^\n]{0,300})$",
    re.IGNORECASE,
)
MAX_LINES_ABOVE = 4
"""Lines above a block or fence in which its section's line may stand."""


def find_section_above(lines: Sequence[str], at: int, names: FileNames) -> tuple[str, Span | None]:
    """(path, section) that the lines right above line `at` name, if they do.

    The section is one of those that were shown, or inside of one; None where it is not.
    """
    for line in reversed(lines[max(0, at - MAX_LINES_ABOVE) : at]):
        if section := parse_section(line, names):
            return section
        if line.strip() and not is_fence(line) and not path_on_line(line, names):
            break
    return "", None


def parse_section(line: str, names: FileNames) -> tuple[str, Span | None] | None:
    found = SECTION_LINE.match(line)
    if not found or not names.sections:
        return None
    first, last = int(found[1]), int(found[2])
    path = path_on_line(found[3].rstrip("*_`: \t"), names) or names.default
    shown = any(a <= first <= last <= b for a, b in names.sections)
    return path, (first, last) if path == names.default and shown else None
