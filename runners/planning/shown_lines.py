"""What a planner was shown of files: a text, and which lines of which file are in it."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.prompts.line_spans import Span, merge_spans


@dataclass(frozen=True, slots=True, order=True)
class ShownLines:
    """Lines of a file, both included, that were shown as they stand; `whole`: all of the file."""

    path: str
    first: int
    last: int
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A text, and the lines of files in it."""

    text: str = ""
    lines: tuple[ShownLines, ...] = ()


def join_shown(parts: Iterable[Shown]) -> Shown:
    found = [part for part in parts if part.text]
    lines = (line for part in found for line in part.lines)
    return Shown("\n\n".join(part.text for part in found), tuple(dict.fromkeys(lines)))


def is_shown(lines: Iterable[ShownLines], path: str, span: Span) -> bool:
    """Whether these lines of a file have been shown, be it in parts."""
    here = [each for each in lines if each.path == path]
    merged = merge_spans((each.first, each.last) for each in here)
    return any(each.whole for each in here) or any(
        first <= span[0] and span[1] <= last for first, last in merged
    )


def find_whole_paths(lines: Iterable[ShownLines]) -> frozenset[str]:
    return frozenset(each.path for each in lines if each.whole)
