"""Lists of which the first are shown and the rest is counted: nothing is left out silently."""

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
