"""What the map keeps of one file: its words, or why it is left out."""

import re
from dataclasses import dataclass

from bot.code.parse_limits import MAX_BYTES, MAX_MEAN_LINE_BYTES, SCREEN_BYTES, is_binary
from bot.repo_map.terms import words

TEXT_READ = 64 * 1024
"""Bytes read of a file that is no code: a changelog of years says everything about nothing."""
GENERATED = re.compile(
    rb"code generated .{0,80}do not edit|@generated\b|do not edit.{0,40}generated"
    rb"|(?:this file (?:is|was)|automatically|auto-?) ?generated (?:by|from)\b",
)
HEAD = 1024
"""Bytes in which a file says that it was generated."""


@dataclass(frozen=True, slots=True)
class Read:
    """`length` is the sum of `counts`; without any, the file is known by its name alone.

    `left_out` says why it is off the map: its content shows that no person wrote it.
    """

    counts: dict[str, int]
    length: int
    left_out: str = ""


def read(body: bytes, language: str) -> Read:
    if why := _left_out(body, language):
        return Read({}, 0, why)
    counts = words(body if language else body[:TEXT_READ])
    return Read(counts, sum(counts.values()))


def _left_out(body: bytes, language: str) -> str:
    if is_binary(body[: HEAD * 8]):
        return "binary"
    if (
        language
        and len(body) > SCREEN_BYTES
        and len(body) > MAX_MEAN_LINE_BYTES * (body.count(b"\n") + 1)
    ):
        return "minified"
    head = body[:HEAD].lower()
    return "generated" if b"generated" in head and GENERATED.search(head) else ""


def unread(size: int) -> bool:
    """Known by name only, its bytes never fetched: too large for a reader, or not here at all."""
    return not 0 <= size <= MAX_BYTES
