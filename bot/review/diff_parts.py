"""A file's diff as a reviewer sees it: every line with its number, in pieces that fit a window."""

from collections.abc import Iterator
from dataclasses import dataclass

import unidiff.errors
import unidiff.patch

from bot.text.invisible import has_hidden, strip_hidden

MAX_PART_LINES = 150
MAX_LINE_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class DiffPart:
    """A piece of one file's diff: whole lines. `number` counts the file's pieces from 1."""

    path: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class FileDiff:
    """`lines` are those of the new side that the diff shows: only they can have a comment.

    https://docs.github.com/en/rest/pulls/comments#create-a-review-comment-for-a-pull-request
    `content` is what was taken out and put in, wherever it stands: by it a diff that was read is
    known again. `total` counts the parts of the whole diff; `parts` may be some of them.
    `why_unread` says why there is nothing to show.
    """

    path: str
    lines: tuple[int, ...] = ()
    parts: tuple[DiffPart, ...] = ()
    content: str = ""
    why_unread: str = ""
    total: int = 0


def read_file_diff(path: str, diff: str) -> FileDiff:
    """Of one file, as git prints it without renames."""
    try:
        files = list(unidiff.patch.PatchSet(diff))
    except unidiff.errors.UnidiffParseError:
        return FileDiff(path, why_unread="its diff cannot be read")
    if any(file.is_binary_file for file in files):
        return FileDiff(path, why_unread="it is binary")
    hunks = [hunk for file in files for hunk in file]
    content = "".join(str(line) for h in hunks for line in h if not line.is_context)
    if any(file.is_removed_file for file in files):
        removed = sum(file.removed for file in files)
        part = DiffPart(path, 1, f"(removed, with its {removed} lines)")
        return FileDiff(path, (), (part,), content, total=1)
    shown = [line for hunk in hunks for line in _render_hunk(hunk)]
    parts = tuple(
        DiffPart(path, number, "\n".join(shown[at : at + MAX_PART_LINES]))
        for number, at in enumerate(range(0, len(shown), MAX_PART_LINES), 1)
    )
    lines = tuple(line.target_line_no for h in hunks for line in h if line.target_line_no)
    why = "" if parts else "only its mode changed"
    return FileDiff(path, lines, parts, content, why, len(parts))


def _render_hunk(hunk: unidiff.patch.Hunk) -> Iterator[str]:
    heading = _clean(hunk.section_header)
    yield f"@@ {heading}".rstrip()
    for line in hunk:
        if line.line_type not in {" ", "+", "-"}:
            continue
        number = str(line.target_line_no) if line.target_line_no else ""
        yield f"{number:>6} {line.line_type} {_clean(line.value)}".rstrip()


def _clean(text: str) -> str:
    """On one line, with its hidden characters shown as such: a reviewer is to see them."""
    line = text.rstrip("\r\n")
    hidden = any(has_hidden(char) for char in line if char != "\t")
    line = " ".join(strip_hidden(line).splitlines()) if hidden else line
    left = len(line) - MAX_LINE_CHARACTERS
    cut = f"{line[:MAX_LINE_CHARACTERS]} [{left} more characters]" if left > 0 else line
    return f"{cut} [hidden characters taken out]" if hidden else cut
