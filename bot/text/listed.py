"""Lists and texts whose beginning is shown and whose rest is counted: nothing is cut silently."""

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def join_first(
    things: Sequence[T], most: int, show: Callable[[T], str] = str, kind: str = ""
) -> str:
    """`a, b and 3 more`; with a `kind`, `and 3 more files`."""
    return f"{', '.join(map(show, things[:most]))}{_count_rest(len(things) - most, ' and ', kind)}"


def list_first(things: Sequence[T], most: int, show: Callable[[T], str] = str) -> str:
    """A line of Markdown's list for each, and one that counts the rest."""
    lines = "\n".join(f"- {show(each)}" for each in things[:most])
    return lines + _count_rest(len(things) - most, "\n- and ")


def _count_rest(left: int, joint: str, kind: str = "") -> str:
    more = f"{joint}{left} more" if left > 0 else ""
    return f"{more} {kind}" if more and kind else more


def cut_end(text: str, most: int) -> str:
    """The first `most` characters; where there are more, a line says how many are missing."""
    left = len(text) - most
    return f"{text[:most]}\n[{left} more characters are not shown]" if left > 0 else text
