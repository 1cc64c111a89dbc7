"""One hunk of a unified diff, read by its marks; its counts are evidence, not law."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from runners.edits.model import EditError, Hunk, Tag, Tagged

AT = re.compile(
    r"^@@(?:\s*-(\d{1,9})(?:,(\d{1,9}))?\s+\+(\d{1,9})(?:,(\d{1,9}))?\s*@@ ?(.*)|(?!@).*)$"
)

BULLET = re.compile(r"^[-+] [\w`\"(]")
"""A list's item in the words after a diff; a changed line would have to be indented by one."""


@dataclass(frozen=True, slots=True)
class _Stated:
    """What a hunk's header says; starts are None where it says nothing."""

    start: int | None = None
    new_start: int | None = None
    counts: tuple[int, int] = (0, 0)
    heading: str = ""


def read_hunk(head: str, body: Sequence[str], label: str, *, cut_off: bool) -> Hunk:
    """`cut_off`: the reply ends with this hunk, with no fence closed after it.

    Raises `EditError` for a hunk that seems to have lost its end.
    """
    stated = _stated(head)
    size = _size(body, stated)
    lines, newline = _tagged(body[:size])
    counted = stated.start is not None and stated.counts == _counts(lines)
    if cut_off and not counted and size == len(body) and _seems_cut(lines, stated):
        raise EditError(
            f"{label}: it ends before the lines its header counts", "Send it again, complete."
        )
    hunk = Hunk(
        tuple(lines),
        label,
        start=stated.start,
        new_start=stated.new_start,
        counted=counted,
        heading=stated.heading,
        diff=True,
        newline=newline,
    )
    bare = _without_blank_tail(lines)
    if counted or bare == lines:
        return hunk
    return replace(hunk, others=(replace(hunk, lines=tuple(bare)),))


def _stated(head: str) -> _Stated:
    found = AT.match(head)
    if found is None or found[1] is None:
        return _Stated()
    counts = (int(found[2] or 1), int(found[4] or 1))
    return _Stated(int(found[1]), int(found[3]), counts, found[5] or "")


def _size(body: Sequence[str], stated: _Stated) -> int:
    """How many lines of the body are the hunk's; prose may follow them."""
    if stated.start is not None and (size := _counted_size(body, stated.counts)) is not None:
        return size
    marked = [at for at, text in enumerate(body) if text[:1] in {"+", "-", " ", "\\"}]
    last = marked[-1] + 1 if marked else 0
    for at in range(last, len(body)):
        if not body[at].strip() and any(text.strip() for text in body[at:]):
            return at
    return len(body)


def _counted_size(body: Sequence[str], counts: tuple[int, int]) -> int | None:
    """Where the stated counts end the body, if nothing that could belong to it follows."""
    old = new = 0
    for at, text in enumerate(body):
        if text.startswith("\\"):
            continue
        if (old, new) == counts:
            after = next((line for line in body[at:] if line.strip()), "")
            told = not text.strip() and not any(map(_is_change, body[at:]))
            return at if told or not after or after[0] not in "+- @" else None
        if text and text[0] not in "+- ":
            return None
        old += text[:1] != "+"
        new += text[:1] != "-"
    return len(body) if (old, new) == counts else None


def _is_change(line: str) -> bool:
    return line[:1] in {"+", "-"} and not BULLET.match(line)


def _tagged(body: Sequence[str]) -> tuple[list[Tagged], bool | None]:
    """(lines, whether the last new line has a line end; None where the diff does not say)."""
    lines: list[Tagged] = []
    newline: bool | None = None
    for text in body:
        if text.startswith("\\"):
            gone = bool(lines) and lines[-1][0] == "-"
            newline = (True if newline is None else newline) if gone else False
            continue
        tag: Tag = "+" if text[:1] == "+" else "-" if text[:1] == "-" else " "
        lines.append((tag, text[1:] if text[:1] in {" ", "+", "-"} else text))
    return lines, newline


def _seems_cut(lines: list[Tagged], stated: _Stated) -> bool:
    if stated.start is None or not lines:
        return False
    old, new = _counts(lines)
    short = old < stated.counts[0] or new < stated.counts[1]
    return short and lines[-1][0] != " "


def _counts(lines: list[Tagged]) -> tuple[int, int]:
    return sum(tag != "+" for tag, _ in lines), sum(tag != "-" for tag, _ in lines)


def _without_blank_tail(lines: list[Tagged]) -> list[Tagged]:
    kept = list(lines)
    while kept and kept[-1][0] == " " and not kept[-1][1].strip():
        kept.pop()
    return kept
