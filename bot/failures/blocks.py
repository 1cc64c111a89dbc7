"""Output as numbered failures: a header line, and what follows it until the next."""

import re
from collections.abc import Iterable, Iterator, Sequence

from bot.failures.model import Failure, Place, cut_lines
from bot.failures.places import dedent, split_stack

Lines = Sequence[str]
MAX_BODY_LINES = 600
"""Of a failure that are looked at for its message and its stack."""


def make_failure(
    titles: Iterable[str],
    body: Iterable[str],
    places: Iterable[Place] = (),
    separator: str = " > ",
) -> Failure:
    """Of a body with message and stack in one; `places` are known besides."""
    message, found = split_stack(cut_lines(list(body), MAX_BODY_LINES))
    known = dict.fromkeys((*found, *places))
    named = tuple(filter(None, titles))
    return Failure(named, tuple(dedent(message)), tuple(known), separator)


def find_blocks(
    lines: Lines, header: re.Pattern[str], end: re.Pattern[str] | None = None
) -> Iterator[tuple[re.Match[str], int, int]]:
    """Each header's match with the range of its block: up to the next header or an `end` line."""
    # No header is blank, and of a hostile output half of the lines are.
    filled = ((at, line) for at, line in enumerate(lines) if line)
    opened = [(at, found) for at, line in filled if (found := header.match(line))]
    bounds = [*(at for at, _ in opened[1:]), len(lines)]
    for (first, found), bound in zip(opened, bounds, strict=False):
        within = range(first + 1, bound)
        stop = next((at for at in within if end.match(lines[at])), bound) if end else bound
        yield found, first, stop
