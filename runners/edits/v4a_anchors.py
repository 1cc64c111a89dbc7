"""The `@@ class A` / `@@ def b` lines that narrow a V4A chunk to one region of the file."""

from bisect import bisect_left
from collections.abc import Callable, Sequence

from runners.edits.model import EditError

MOST = 1_000
"""Regions beyond which a chain of anchors names nothing."""
DEEPEST = 20
DISTINCT = "Name the class or function the change is in by its own line."


def regions(anchors: Sequence[str], bodies: Sequence[str]) -> list[tuple[int, int]]:
    """Regions, as (first line, past the last), that the chain of anchors names, outermost first."""
    found = [(0, len(bodies))]
    if len(anchors) > DEEPEST:
        raise EditError(f"{len(anchors)} lines of @@ for one chunk", DISTINCT)
    for anchor in anchors:
        exact, near = (_lines_like(anchor, bodies, key) for key in (str.rstrip, str.strip))
        inner: dict[tuple[int, int], None] = {}
        for start, end in found:
            for at in _within(exact, start, end) or _within(near, start, end):
                inner[at + 1, _past(at, bodies, end)] = None
                if len(inner) > MOST:
                    raise EditError(f"the line @@ {anchor} stands in too many places", DISTINCT)
        found = list(inner)
    return found


def _lines_like(anchor: str, bodies: Sequence[str], key: Callable[[str], str]) -> list[int]:
    wanted = key(anchor)
    return [at for at, body in enumerate(bodies) if key(body) == wanted]


def _within(lines: list[int], start: int, end: int) -> list[int]:
    return lines[bisect_left(lines, start) : bisect_left(lines, end)]


def _past(at: int, bodies: Sequence[str], end: int) -> int:
    """Where the block that line `at` opens ends: at the next line indented no deeper.

    A line that opens no block reaches to the end.
    """
    depth = _depth(bodies[at])
    inner = next((b for b in bodies[at + 1 : end] if b.strip()), "")
    if not inner or _depth(inner) <= depth:
        return end
    for line in range(at + 1, end):
        body = bodies[line]
        if body.strip() and _depth(body) <= depth and body.strip()[0] not in ")]}":
            return line
    return end


def _depth(body: str) -> int:
    plain = body.expandtabs(4)
    return len(plain) - len(plain.lstrip())
