"""What a draft that stands in a file's place has no more: the file's own functions around it."""

from collections import Counter
from collections.abc import Iterator, Sequence

from bot.code import Symbol

LEFT_OUT = "..."


def show_dropped_code(original: str, draft: str, symbols: Sequence[Symbol]) -> str:
    """The innermost definitions of `original` with a line that `draft` dropped, else such lines.

    Empty where the draft has every line. `symbols` are those of `original`.
    """
    there = Counter(line.strip() for line in draft.split("\n"))
    lines = original.split("\n")
    shown: set[int] = set()
    for at, line in enumerate(lines, 1):
        if not line.strip() or there[line.strip()] > 0:
            there[line.strip()] -= 1
            continue
        around = [each for each in symbols if each.first <= at <= each.last]
        inner = min(around, key=lambda each: each.last - each.first, default=None)
        shown.update(range(inner.first, inner.last + 1) if inner else (at,))
    return "\n".join(_join_shown(lines, sorted(shown)))


def _join_shown(lines: Sequence[str], shown: Sequence[int]) -> Iterator[str]:
    for before, at in zip((0, *shown), shown, strict=False):
        if before and at > before + 1:
            yield LEFT_OUT
        yield lines[at - 1]
