"""Finding the text nearest to a search that failed, as a hint for the next attempt."""

from collections.abc import Sequence
from difflib import get_close_matches

MAX_QUOTED_LINES = 6
MAX_COMPARED_LINES = 3000
MAX_LINE_CHARACTERS = 200
MIN_LIKENESS = 0.6


def describe_nearest(old: Sequence[str], bodies: Sequence[str], at: int | None = None) -> str:
    """The place nearest to `old`, or the one at `at`, and the first line that differs there.

    A sentence without its full stop, as reasons are: who tells them puts it.
    """
    at = _best_start(old, bodies) if at is None else at
    if at is None:
        return "No line of it is in the file"
    for offset, text in enumerate(old):
        file_line = bodies[at + offset] if at + offset < len(bodies) else None
        if file_line is None:
            return f"The file ends at line {len(bodies)}, before it does"
        if file_line.rstrip() != text.rstrip():
            return (
                f"It comes nearest at line {at + 1}; line {at + offset + 1} of the file is "
                f"{_shorten(file_line)!r}, yours is {_shorten(text)!r}"
            )
    return f"It comes nearest at line {at + 1}"


def quote_nearest(old: Sequence[str], bodies: Sequence[str]) -> str:
    at = _best_start(old, bodies)
    if at is None:
        return ""
    return "\n".join(
        _shorten(body) for body in bodies[at : at + max(1, min(len(old), MAX_QUOTED_LINES))]
    )


def _best_start(old: Sequence[str], bodies: Sequence[str]) -> int | None:
    searched = [(i, text.strip()) for i, text in enumerate(old[:200]) if text.strip()]
    places: dict[str, list[int]] = {}
    for at, body in enumerate(bodies[: MAX_COMPARED_LINES * 10]):
        places.setdefault(body.strip(), []).append(at)
    score: dict[int, int] = {}
    for i, text in searched:
        for at in places.get(text, [])[:50]:
            if at - i >= 0:
                score[at - i] = score.get(at - i, 0) + 1
    if score:
        # Of places that share as many lines, the first in the file.
        return max(score, key=lambda at: (score[at], -at))
    if not searched:
        return None
    i, text = searched[0]
    close = find_like(text, [body.strip() for body in bodies[:MAX_COMPARED_LINES]])
    return max(0, places[close][0] - i) if close else None


def find_like(text: str, others: Sequence[str]) -> str:
    """The one of the other lines that is most like it; empty where none is."""
    short = [other for other in others if len(other) <= MAX_LINE_CHARACTERS]
    # Comparing takes up to the square of the lines' length, so this and their number are bounded:
    # https://docs.python.org/3.11/library/difflib.html#difflib.SequenceMatcher
    close = get_close_matches(
        text[:MAX_LINE_CHARACTERS], short[:MAX_COMPARED_LINES], n=1, cutoff=MIN_LIKENESS
    )
    return close[0] if close else ""


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_LINE_CHARACTERS else text[: MAX_LINE_CHARACTERS - 3] + "..."
