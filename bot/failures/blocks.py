"""Output as numbered failures: a header line, and what follows it until the next."""

import re
from collections.abc import Iterable, Iterator, Sequence

from bot.failures.model import Failure, Place
from bot.failures.places import dedent, split_stack

Lines = Sequence[str]


def make_failure(
    titles: Iterable[str],
    body: Iterable[str],
    places: Iterable[Place] = (),
    separator: str = " > ",
) -> Failure:
    """Of a body with message and stack in one; `places` are known besides."""
    message, found = split_stack(body)
    known = dict.fromkeys((*found, *places))
    named = tuple(filter(None, titles))
    return Failure(named, tuple(dedent(message)), tuple(known), separator)


def find_blocks(
    lines: Lines, header: re.Pattern[str], end: re.Pattern[str] | None = None
) -> Iterator[tuple[re.Match[str], int, int]]:
    """Each header's match with the range of its block: up to the next header or an `end` line."""
    opened: tuple[re.Match[str], int] | None = None
    for at, line in enumerate(lines):
        found = header.match(line)
        if opened and (found or (end and end.match(line))):
            yield (*opened, at)
            opened = None
        if found:
            opened = found, at
    if opened:
        yield (*opened, len(lines))
