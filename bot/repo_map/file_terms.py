"""What the map keeps of one file: its words, or why it is left out."""

import re
from dataclasses import dataclass

from bot.code.parse_limits import MAX_BYTES, MAX_MEAN_LINE_BYTES, SCREEN_BYTES, is_binary
from bot.repo_map.terms import count_words

MAX_TEXT_BYTES = 64 * 1024
"""Bytes read of a file that is no code: a changelog of years says everything about nothing."""
GENERATED_MARK = re.compile(
    rb"code generated .{0,80}do not edit|@generated\b|do not edit.{0,40}generated"
    rb"|(?:this file (?:is|was)|automatically|auto-?) ?generated (?:by|from)\b",
)
MARK_BYTES = 1024
"""Bytes in which a file says that it was generated."""


@dataclass(frozen=True, slots=True)
class FileWords:
    """`length` is the sum of `counts`; without any, the file is known by its name alone.

    `left_out` says why it is off the map: its content shows that no person wrote it.
    """

    counts: dict[str, int]
    length: int
    left_out: str = ""


def read_words(body: bytes, language: str) -> FileWords:
    if why := _content_left_out(body, language):
        return FileWords({}, 0, why)
    counts = count_words(body if language else body[:MAX_TEXT_BYTES])
    return FileWords(counts, sum(counts.values()))


def _content_left_out(body: bytes, language: str) -> str:
    if is_binary(body[: MARK_BYTES * 8]):
        return "binary"
    if (
        language
        and len(body) > SCREEN_BYTES
        and len(body) > MAX_MEAN_LINE_BYTES * (body.count(b"\n") + 1)
    ):
        return "minified"
    head = body[:MARK_BYTES].lower()
    return "generated" if b"generated" in head and GENERATED_MARK.search(head) else ""


def is_unreadable(size: int) -> bool:
    """Known by name only, its bytes never fetched: too large for a reader, or not here at all."""
    return not 0 <= size <= MAX_BYTES
