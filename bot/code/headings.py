"""The headings of a text: what a file of prose says it is about."""

import re
from itertools import pairwise

from bot.code.model import Symbol

MARKDOWN = (".md", ".markdown", ".mdx")
RST = (".rst", ".txt", ".rest")
LOOKED_AT = 256 * 1024
"""Bytes; a longer text is data."""
MOST = 200
LONGEST = 160
FENCE = re.compile(r" {0,3}(?:```|~~~)")
HASHES = re.compile(r" {0,3}#{1,6}[ \t]+(?P<title>\S.*?)[ \t]*#*[ \t]*$")
UNDERLINE = re.compile(r"([=\-~^\"'`#*+.:_])\1{2,}\s*$")


def headings(path: str, body: bytes) -> tuple[Symbol, ...]:
    """Each reaches to the next one; at most `MOST` of them."""
    name = path.lower()
    if not name.endswith(MARKDOWN + RST) or len(body) > LOOKED_AT:
        return ()
    lines = body.decode("utf-8", "replace").split("\n")
    titles = _hashed(lines) if name.endswith(MARKDOWN) else _underlined(lines)
    starts = [line for line, _ in titles] + [len(lines) + (lines[-1] != "")]
    return tuple(
        Symbol(title, "heading", line, max(line, starts[at + 1] - 1), title)
        for at, (line, title) in enumerate(titles)
    )[:MOST]


def _hashed(lines: list[str]) -> list[tuple[int, str]]:
    titles, fenced = [], False
    for number, line in enumerate(lines, 1):
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced and len(line) <= LONGEST and (found := HASHES.match(line)):
            titles.append((number, _shown(found["title"])))
    return [each for each in titles if each[1]]


def _underlined(lines: list[str]) -> list[tuple[int, str]]:
    """A title is a line with a rule of one sign below it, at least as long as the title."""
    titles = []
    for number, (line, below) in enumerate(pairwise(lines), 1):
        title = _shown(line)
        if (
            0 < len(title) <= min(LONGEST, len(below.rstrip()))
            and UNDERLINE.match(below)
            and not UNDERLINE.match(line)
            and not line[:1].isspace()
        ):
            titles.append((number, title))
    return titles


def _shown(title: str) -> str:
    return "".join(filter(str.isprintable, title.strip()))
