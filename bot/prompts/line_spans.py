"""A file as the lines that edits count: LF, CRLF and a lone CR each end one."""

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

LINE_END = re.compile(r"\r\n|\n|\r")
LONE_RETURN = re.compile(r"\r(?!\n)")

Span: TypeAlias = tuple[int, int]
"""First and last line, counted from 1, both included."""


def split_lines(text: str) -> list[str]:
    """Each with its own line end, so that joining them gives the text."""
    ends = [found.end() for found in LINE_END.finditer(text)]
    starts = [0, *ends]
    stops = [*ends, len(text)]
    return [text[a:b] for a, b in zip(starts, stops, strict=True) if a < b]


def merge_spans(spans: Iterable[Span], gap: int = 0) -> tuple[Span, ...]:
    """In order, those that overlap, touch or stand at most `gap` lines apart as one."""
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + 1 + gap:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return tuple(found)


def trim_span(span: Span, lines: Sequence[str]) -> Span | None:
    """Inside the file and without blank lines at its edges; None where nothing is left."""
    first, last = max(1, span[0]), min(len(lines), span[1])
    while first <= last and not lines[first - 1].strip():
        first += 1
    while first <= last and not lines[last - 1].strip():
        last -= 1
    return (first, last) if first <= last else None


def span_around(line: int, reach: int) -> Span:
    return (max(1, line - reach), line + reach)
