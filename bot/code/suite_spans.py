"""A test, or what belongs to one, as it is found: with rows and columns, before it is nested."""

from typing import Literal, NamedTuple

BlockKind = Literal["test", "group", "setup", "fixture"]
Point = tuple[int, int]
"""Row and column from 0."""
LINE_END = 1_000_000
"""A column behind any line."""


class SuiteSpan(NamedTuple):
    kind: BlockKind
    title: str
    start: Point
    end: Point


def span_of_lines(kind: BlockKind, title: str, first: int, last: int) -> SuiteSpan:
    """Of whole lines, counted from 0, `last` included."""
    return SuiteSpan(kind, title, (first, 0), (last, LINE_END))
