"""The line above a block or fence that names the section of the file it is about."""

import re
from collections.abc import Sequence

from runners.edits.fences import is_fence
from runners.edits.target_file import Names

LINE = re.compile(
    r"^\W{0,8}lines?\s{1,4}(\d{1,9})\s?(?:-|\u2013|to)\s?(\d{1,9})\s+(?:of|in|from)\s+(\S[^\n]{0,300})$",
    re.IGNORECASE,
)
REACH = 4
"""Lines above a block or fence in which its section's line may stand."""

Span = tuple[int, int]


def section_above(lines: Sequence[str], at: int, names: Names) -> tuple[str, Span | None]:
    """(path, section) that the lines right above line `at` name, if they do.

    The section is one of those that were shown, or inside of one; None where it is not.
    """
    for line in reversed(lines[max(0, at - REACH) : at]):
        if found := section_of(line, names):
            return found
        if line.strip() and not is_fence(line) and not names.alone(line):
            break
    return "", None


def section_of(line: str, names: Names) -> tuple[str, Span | None] | None:
    found = LINE.match(line)
    if not found or not names.sections:
        return None
    first, last = int(found[1]), int(found[2])
    path = names.alone(found[3].rstrip("*_`: \t")) or names.default
    shown = any(a <= first <= last <= b for a, b in names.sections)
    return path, (first, last) if path == names.default and shown else None
