"""What a model thinks before it answers is no part of its answer."""

import re
from collections.abc import Iterable, Sequence

END = re.compile(r"(?<![\"'`\\])</think(?:ing)?>(?![\"'`])", re.IGNORECASE)


def strip_reasoning(lines: Sequence[str], files: Iterable[bytes | None]) -> list[str]:
    """The lines with all up to the last `</think>` blank; not so where a file has that tag too."""
    ends = [at for at, line in enumerate(lines) if "</" in line and END.search(line)]
    if not ends or any(b"</think" in (data or b"").lower() for data in files):
        return list(lines)
    rest = END.split(lines[ends[-1]])[-1]
    return [*[""] * ends[-1], rest, *lines[ends[-1] + 1 :]]
