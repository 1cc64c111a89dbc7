"""Whether a text has come to its file's end, or breaks off, and whether it is well-formed."""

import itertools
import json
import tomllib
from collections.abc import Callable, Sequence

from bot.code import parses_cleanly
from bot.code.python_tree import PARSE_ERRORS, parse_python
from runners.edits.line_gaps import strip_filled
from runners.edits.model import align_lines

# Only formats whose parser comes with Python.
PARSERS: dict[str, Callable[[str], object]] = {
    ".py": parse_python,
    ".pyi": parse_python,
    ".json": json.loads,
    ".toml": tomllib.loads,
}


def reaches_end(path: str, before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether a text that nothing closes has come to the file's end: its last line shows it.

    The last line alone may have changed in a file that is known to be well-formed.
    """
    old = [line.rstrip() for line in before if line.strip()]
    new = [line.rstrip() for line in after if line.strip()]
    well_formed = is_well_formed(path, "\n".join(after) + "\n")
    if not old or not new or well_formed is False:
        return False
    # Blank lines at the end of the file are its end.
    if _count_blank_tail(after) < _count_blank_tail(before):
        return False
    # A beginning of the old last line is that line, cut off.
    if new[-1] != old[-1] and old[-1].startswith(new[-1]):
        return False
    tags = [tag for tag, _ in align_lines(old, new)]
    return tags[-1] == " " or (bool(well_formed) and tags[-3:] == [" ", "-", "+"])


def breaks_off(path: str, before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether the file's last line is gone, more brackets are open, and it parses no more."""
    ends = [strip_filled(lines)[-1:] for lines in (before, after)]
    if ends[0] == ends[1] or not all(ends):
        return False
    old, new = (("\n".join(lines) + "\n") for lines in (before, after))
    if _count_open(new) <= _count_open(old):
        return False
    if parses_cleanly(path, old.encode("utf-8", "replace")):
        return parses_cleanly(path, new.encode("utf-8", "replace")) is False
    return breaks_syntax(path, old, new)


def _count_open(text: str) -> int:
    return sum(text.count(mark) for mark in "([{") - sum(text.count(mark) for mark in ")]}")


def _count_blank_tail(lines: Sequence[str]) -> int:
    return sum(1 for _ in itertools.takewhile(lambda line: not line.strip(), reversed(lines)))


def is_well_formed(path: str, text: str) -> bool | None:
    """Whether the text is well-formed for its kind; None where that cannot be told here."""
    reader = PARSERS.get(path[path.rfind(".") :] if "." in path else "")
    if reader is None:
        return None
    try:
        reader(text)
    # JSONDecodeError and TOMLDecodeError are ValueErrors, and so among these:
    # https://docs.python.org/3.11/library/tomllib.html#tomllib.TOMLDecodeError
    except PARSE_ERRORS:
        return False
    return True


def breaks_syntax(path: str, before: str, after: str) -> bool:
    """Whether an edit turns a well-formed file into one that is not."""
    return bool(is_well_formed(path, before)) and is_well_formed(path, after) is False
