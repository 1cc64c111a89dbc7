"""Which definitions stand around lines of a file."""

from collections.abc import Iterable, Iterator, Sequence

from bot.code.model import Symbol


def enclosing_symbols(
    symbols: Sequence[Symbol], lines: Iterable[int]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """(line, indexes of the definitions around it, the innermost last), for lines that have any.

    Lines come in order, in one walk for all. `symbols` are by first line, outer before inner.
    """
    around: list[int] = []
    ahead = 0
    for line in sorted(lines):
        while ahead < len(symbols) and symbols[ahead].first <= line:
            around.append(ahead)
            ahead += 1
        while around and symbols[around[-1]].last < line:
            around.pop()
        if around:
            yield line, tuple(around)
