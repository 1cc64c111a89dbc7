"""Suggested changes of reviewers: read from comments, and laid on the file as exact lines.

https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/incorporating-feedback-in-your-pull-request
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.text.commonmark import LINE_END, read_marks, to_source

INFO = "suggestion"
_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_MIN_CONTEXT_LINES = 3
# https://www.gnu.org/software/diffutils/manual/html_node/Incomplete-Lines.html
_NO_LINE_END = "\n\\ No newline at end of file\n"


class SuggestionError(Exception):
    """Why a suggestion cannot be laid, in words for its reviewer."""


@dataclass(frozen=True, slots=True)
class Laid:
    """The file with the suggestion in it, and the diff that makes it so."""

    content: bytes
    patch: str


def find_suggestions(body: str) -> tuple[str, ...]:
    """The lines of each suggestion, without the last line's end; what is quoted is not meant."""
    return tuple(block.content for block in _suggestions(body))


def words_beside(body: str) -> str:
    """The comment without its suggestions."""
    lines = LINE_END.sub("\n", body).split("\n")
    for block in reversed(_suggestions(body)):
        lines[block.start : block.end] = []
    return "\n".join(lines).strip("\n")


def choose_suggestion(body: str) -> str | None:
    """The one suggestion of a comment, None where it has none.

    Raises SuggestionError for several that differ: they are all for the same lines.
    """
    found = tuple(dict.fromkeys(find_suggestions(body)))
    if len(found) > 1:
        raise SuggestionError(
            f"there are {len(found)} suggestions for the same lines in one comment, and only one"
            " of them can be laid. Post the one that you want"
        )
    return found[0] if found else None


def map_lines(diff: str, first: int, last: int) -> int | None:
    """Where the lines `first` to `last` of the old file begin in the new one.

    `diff` is without context. None where any of them was changed, or something came between them.
    """
    shift = 0
    for old_start, old_count, _, new_count in _HUNK.findall(diff):
        start, removed, added = int(old_start), _count(old_count), _count(new_count)
        # Of a hunk that only adds, the start is the line after which it does:
        # https://www.gnu.org/software/diffutils/manual/html_node/Detailed-Unified.html
        if removed == 0:
            if start < first:
                shift += added
            elif start < last:
                return None
        elif start + removed <= first:
            shift += added - removed
        elif start <= last:
            return None
    return first + shift


def lay(content: bytes, path: str, first: int, count: int, suggestion: str) -> Laid:
    """Put `suggestion` in the place of `count` lines from `first` on, counted from 1.

    The new lines end as the old ones did. Raises SuggestionError.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise SuggestionError("the file is not text in UTF-8") from None
    lines = split_lines(text)
    start, end = first - 1, first - 1 + count
    if not 0 <= start < end <= len(lines):
        raise SuggestionError("the lines it is for are not in the file any more")
    new = _new_lines(suggestion, lines[end - 1])
    if new == lines[start:end]:
        raise SuggestionError("it changes nothing: the lines read so already")
    result = [*lines[:start], *new, *lines[end:]]
    return Laid("".join(result).encode(), _make_patch(path, lines, result))


def _new_lines(suggestion: str, last_old: str) -> list[str]:
    # An empty block takes the lines out; in GitHub's editor that is a block with one blank line.
    if not suggestion.strip("\n"):
        return []
    kept = suggestion.removesuffix("\n").split("\n")
    end = "\r\n" if last_old.endswith("\r\n") else "\n"
    new = [f"{line}{end}" for line in kept]
    if not last_old.endswith("\n"):
        new[-1] = new[-1].removesuffix("\n")
    return new


def _make_patch(path: str, old: Sequence[str], new: Sequence[str]) -> str:
    """A diff with so much around the change that its old lines stand in one place only."""
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    tail = 0
    while tail < min(len(old), len(new)) - same and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    context = _MIN_CONTEXT_LINES
    while True:
        start, end = max(0, same - context), min(len(old), len(old) - tail + context)
        whole = start == 0 and end == len(old)
        if whole or _is_only_place(old, start, end):
            break
        context *= 2
    new_end = end + len(new) - len(old)
    body = [
        *(f" {line}" for line in old[start:same]),
        *(f"-{line}" for line in old[same : len(old) - tail]),
        *(f"+{line}" for line in new[same : len(new) - tail]),
        *(f" {line}" for line in old[len(old) - tail : end]),
    ]
    ended = [line if line.endswith("\n") else f"{line}{_NO_LINE_END}" for line in body]
    counts = f"-{_place(start, end)} +{_place(start, new_end)}"
    return "".join([f"--- a/{path}\n+++ b/{path}\n@@ {counts} @@\n", *ended])


def _place(start: int, end: int) -> str:
    """As a hunk's header has it: of no lines, the line before them."""
    return f"{start + 1 if end > start else start},{end - start}"


def _is_only_place(lines: Sequence[str], start: int, end: int) -> bool:
    wanted = list(lines[start:end])
    places = range(len(lines) - len(wanted) + 1)
    found = (at for at in places if lines[at] == wanted[0])
    return sum(list(lines[at : at + len(wanted)]) == wanted for at in found) == 1


def split_lines(text: str) -> list[str]:
    """As git counts lines: each ends with a line feed, but perhaps the last."""
    *whole, rest = text.split("\n")
    return [f"{line}\n" for line in whole] + ([rest] if rest else [])


def _count(text: str) -> int:
    return int(text) if text else 1


@dataclass(frozen=True, slots=True)
class _Block:
    """A fenced suggestion. `start` and `end` are lines, counted from 0."""

    content: str
    start: int
    end: int


def _suggestions(body: str) -> list[_Block]:
    source = to_source(body)
    quoted = 0
    found = []
    texts: list[str] | None = None
    for mark in read_marks(source):
        if mark.name == "BlockQuote":
            quoted += 1 if mark.kind == "Start" else -1
        elif mark.name == "CodeBlock" and mark.kind == "Start":
            texts = [] if not quoted and _is_suggestion(mark.value) else None
        elif mark.name == "CodeBlock" and texts is not None:
            start = source.count(b"\n", 0, mark.start)
            lines = source[mark.start : mark.end].rstrip(b"\n").count(b"\n") + 1
            found.append(_Block("".join(texts), start, start + lines))
            texts = None
        elif texts is not None:
            texts.append(mark.value)
    return found


def _is_suggestion(kind: Any) -> bool:  # noqa: ANN401  # as the parser tells it
    return isinstance(kind, dict) and str(kind["Fenced"]).split()[:1] == [INFO]
