"""One failure, in the words of the tool that reported it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

MAX_MESSAGE_LINES = 60
_LEFT_OUT = re.compile(r"\[(\d{1,9}) lines left out\]")
MAX_PLACES = 16
MAX_FAILURES = 60
"""What is read of an output with more failures than anybody looks at."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, as a message or a stack names it. `line` 0: the file alone is known.

    `source` is the line's text, where the tool printed it.
    """

    path: str
    line: int = 0
    function: str = ""
    source: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True, slots=True)
class Failure:
    """`titles` name the test, its outermost group first; none where no test is at fault.

    `separator` is what its runner writes between them.
    `message` is what was printed, line by line and unchanged, without the stack. `places` are the
    stack's and the test's own, the innermost first.
    """

    titles: tuple[str, ...] = ()
    message: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    separator: str = " > "

    @property
    def name(self) -> str:
        return self.separator.join(self.titles)


class Found(NamedTuple):
    """A failure and the lines it was read from, `first` and `end` as of a range."""

    failure: Failure
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """An output as lines, the failures in it, and the indexes of lines that no failure took up."""

    lines: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    rest: tuple[int, ...] = field(default=())


def bound_failure(failure: Failure) -> Failure:
    """The failure within its limits; what is left out of a message is said in its place."""
    message = cut_lines(failure.message, MAX_MESSAGE_LINES, _count_lines)
    return replace(failure, message=message, places=failure.places[:MAX_PLACES])


def cut_lines(
    lines: Sequence[str], most: int, count: Callable[[Sequence[str]], int] = len
) -> tuple[str, ...]:
    """The first two thirds of `most` and the last; between them how many are left out."""
    if len(lines) <= most:
        return tuple(lines)
    head, tail = most * 2 // 3, len(lines) - most // 3
    return (*lines[:head], f"[{count(lines[head:tail])} lines left out]", *lines[tail:])


def _count_lines(lines: Sequence[str]) -> int:
    """With those that were left out before."""
    cuts = (cut for line in lines if (cut := _LEFT_OUT.fullmatch(line)))
    return len(lines) + sum(int(cut[1]) - 1 for cut in cuts)
