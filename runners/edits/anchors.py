"""The `@@ class A` / `@@ def b` lines that narrow a V4A chunk to one region of the file."""

from collections.abc import Sequence


def regions(anchors: Sequence[str], bodies: Sequence[str]) -> list[tuple[int, int]]:
    """Regions, as (first line, past the last), that the chain of anchors names, outermost first."""
    found = [(0, len(bodies))]
    for anchor in anchors:
        found = [
            (at + 1, _past(at, bodies, end))
            for start, end in found
            for at in _lines_like(anchor, bodies, start, end)
        ]
    return found


def _lines_like(anchor: str, bodies: Sequence[str], start: int, end: int) -> list[int]:
    exact = [at for at in range(start, end) if bodies[at].rstrip() == anchor.rstrip()]
    return exact or [at for at in range(start, end) if bodies[at].strip() == anchor.strip()]


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
