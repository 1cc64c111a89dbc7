"""Checking an edit before it is accepted: no code left out, no stray markers, no escaped text."""

import re
from collections.abc import Sequence

from runners.edits.completeness import (
    breaks_syntax,
    describe_missing_part,
    describe_snippet,
    reaches_end,
)
from runners.edits.elision import find_elisions
from runners.edits.filtered_text import check_characters, check_indentation
from runners.edits.lost_names import describe_lost_names
from runners.edits.model import EditError, Hunk, WholeFile
from runners.edits.reply_text import MARKUP_EXTENSIONS, file_extension

# Seven marks are also git's for a conflict: https://git-scm.com/docs/git-merge#_how_conflicts_are_presented
MARKER = re.compile(r"^\s*(?:<{7}|>{7})(?: \S.*)?$|^\*\*\* (?:Begin|End) Patch$")
RULE = re.compile(r"^\s*={5,9}\s*$")
WRITE_ALL = "Write every line out. To change only a part, use a SEARCH/REPLACE block."


def check_hunk(path: str, hunk: Hunk, bodies: Sequence[str]) -> None:
    """Raises `EditError` for new lines that elide, hold stray markers, or are escaped."""
    where = f"{hunk.label} ({path})"
    added = [text for tag, text in hunk.lines if tag == "+"]
    known = [*hunk.old, *bodies]
    if found := find_elisions(hunk.new, hunk.old, path, known=bodies, explicit=hunk.is_diff):
        raise _leaves_code_out(where, found[0])
    stray = [text for text in added if MARKER.match(text) and text not in known]
    if file_extension(path) not in MARKUP_EXTENSIONS and not any(
        RULE.match(text) for text in known
    ):
        stray += [text for text in added if RULE.match(text)]
    if stray:
        raise EditError(
            f"{where}: a marker is left in the new lines: {stray[0]!r}",
            "Close each block before the next one begins.",
        )


def check_whole(whole: WholeFile, before: Sequence[str], after: Sequence[str]) -> None:
    """Raises `EditError` for a file that is cut off, elided, or a piece of the one there is."""
    where = f"{whole.label} ({whole.path})"
    if not whole.end_shown and not reaches_end(whole.path, before, after):
        raise EditError(f"{where}: its fence is never closed; cut off?", "Send the complete file.")
    if found := find_elisions(after, before, whole.path):
        raise _leaves_code_out(where, found[0], partial=True)
    stray = [text for text in after if MARKER.match(text) and text not in before]
    if stray:
        raise EditError(f"{where}: it holds an edit marker: {stray[0]!r}", WRITE_ALL)
    check_indentation(where, whole.path, after, before, whole=True)
    check_characters(where, whole.path, after, before)
    why = describe_missing_part(before, after) if before else ""
    if file_extension(whole.path) in {"py", "pyi"}:
        why = why or describe_lost_names("\n".join(before), "\n".join(after))
    if not whole.named:
        why = why or describe_snippet(whole.path, before, after)
    if why:
        hint = WRITE_ALL if whole.named else f"{WRITE_ALL} A complete file has its path above it."
        raise EditError(f"{where}: not the complete file, {why}", hint, partial=True)


def check_lenient_edit(path: str, before: str, after: str) -> None:
    """An edit whose place was found with forgiveness must leave a well-formed file well-formed."""
    if breaks_syntax(path, before, after):
        raise EditError(
            f"{path}: the old lines differ from the file's and the result would not parse",
            "Copy the old lines exactly as the file has them.",
        )


def _leaves_code_out(where: str, line: str, *, partial: bool = False) -> EditError:
    return EditError(f"{where}: it leaves code out: {line!r}", WRITE_ALL, partial=partial)
