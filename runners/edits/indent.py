"""Uniform differences of indentation between what a reply quotes and what the file holds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from runners.edits.shapes import Hunk, Tagged

Shift: TypeAlias = Callable[[str], str | None]
"""The line as it belongs into the file; None where the rule does not reach it."""

WIDTHS = (4, 2, 8, 3)


def margin(text: str) -> str:
    return text[: len(text) - len(text.lstrip(" \t"))]


def shift_between(pairs: Sequence[tuple[str, str]]) -> Shift | None:
    """The one rule that turns every quoted margin into the file's, None when there is none.

    `pairs` are (quoted, in the file), equal but for their margins; blank ones do not count.
    """
    margins = [(margin(q), margin(f)) for q, f in pairs if q.strip() and f.strip()]
    if not margins:
        return None
    for rule in (_added, _removed, _spaces_to_tabs, _tabs_to_spaces, _rescaled):
        if shift := rule(margins):
            return shift
    return None


def _added(margins: list[tuple[str, str]]) -> Shift | None:
    quoted, there = margins[0]
    more = there.removesuffix(quoted) if there.endswith(quoted) else ""
    if not more or any(f != more + q for q, f in margins):
        return None
    return lambda text: more + text


def _removed(margins: list[tuple[str, str]]) -> Shift | None:
    quoted, there = margins[0]
    less = quoted.removesuffix(there) if quoted.endswith(there) else ""
    if not less or any(q != less + f for q, f in margins):
        return None
    return lambda text: text[len(less) :] if text.startswith(less) else None


def _spaces_to_tabs(margins: list[tuple[str, str]]) -> Shift | None:
    for width in WIDTHS:
        unit = " " * width
        if all(q.replace(unit, "\t") == f and "\t" not in q for q, f in margins):
            return lambda text, w=unit: _swap(text, w, "\t")  # type: ignore[misc]
    return None


def _tabs_to_spaces(margins: list[tuple[str, str]]) -> Shift | None:
    if not any("\t" in q for q, _ in margins):
        return None
    for width in WIDTHS:
        if all(q.expandtabs(width) == f for q, f in margins):
            return lambda text, w=width: margin(text).expandtabs(w) + text.lstrip(" \t")  # type: ignore[misc]
    return None


def _swap(text: str, old: str, new: str) -> str | None:
    lead = margin(text)
    if len(lead) % len(old) or lead.replace(old, ""):
        return None
    return lead.replace(old, new) + text[len(lead) :]


def _rescaled(margins: list[tuple[str, str]]) -> Shift | None:
    """Two spaces a level against four; needs two levels as evidence."""
    if len({q for q, _ in margins if q}) < 2 or any(
        q.strip(" ") or f.strip(" ") for q, f in margins
    ):
        return None
    for old, new in ((2, 4), (4, 2)):
        if all(len(q) * new == len(f) * old for q, f in margins):
            return lambda text, o=" " * old, n=" " * new: _swap(text, o, n)  # type: ignore[misc]
    return None


def reindent(hunk: Hunk, there: Sequence[str]) -> Hunk | None:
    """The hunk with its new lines where the file's margins want them.

    None when no single rule holds, or when the new lines follow neither the quoted margins nor the file's.
    """
    pairs = list(zip(hunk.old, there, strict=True))
    shift = shift_between(pairs)
    if shift is None:
        return _first_line_only(hunk, pairs)
    added = [text for tag, text in hunk.lines if tag == "+" and text.strip()]
    side = _side(hunk, pairs, added) if added else "file"
    if side == "file":
        return hunk
    if side != "quote":
        return None
    lines: list[Tagged] = []
    for tag, text in hunk.lines:
        moved = shift(text) if tag == "+" and text.strip() else text
        if moved is None:
            return None
        lines.append((tag, moved))
    return _retagged(hunk, lines)


def _retagged(hunk: Hunk, lines: list[Tagged]) -> Hunk:
    return replace(hunk, lines=tuple(lines))


def _side(hunk: Hunk, pairs: list[tuple[str, str]], added: list[str]) -> str:
    """Whose margins the new lines have: the `quote`'s, the `file`'s already, or neither plainly.

    Context shares the quotation's slip. Else lines that come again tell, else the first new line.
    """
    if any(tag == " " and text.strip() for tag, text in hunk.lines):
        return "quote"
    quoted = {(q.strip(), margin(q)) for q, _ in pairs}
    there = {(f.strip(), margin(f)) for _, f in pairs}
    again = {(text.strip(), margin(text)) for text in added}
    if again & quoted or again & there:
        return "" if again & quoted and again & there else "quote" if again & quoted else "file"
    lead = margin(added[0])
    if lead == margin(_first(q for q, _ in pairs)):
        return "quote"
    return "file" if lead == margin(_first(f for _, f in pairs)) else ""


def _first(texts: Iterable[str]) -> str:
    return next(text for text in texts if text.strip())


def _first_line_only(hunk: Hunk, pairs: list[tuple[str, str]]) -> Hunk | None:
    """The first quoted line lost its margin, the others stand right: a habit of chat models."""
    (quoted, there), rest = pairs[0], pairs[1:]
    if margin(quoted) or not any(q.strip() for q, _ in rest):
        return None
    if any(q.rstrip() != f.rstrip() for q, f in rest):
        return None
    if hunk.lines[0][0] == " ":
        return hunk
    lines = list(hunk.lines)
    at = next((i for i, (tag, _) in enumerate(lines) if tag == "+"), None)
    if at is None or not lines[at][1].strip():
        return hunk
    if margin(lines[at][1]) == margin(there):
        return hunk
    if margin(lines[at][1]):
        return None
    lines[at] = ("+", margin(there) + lines[at][1])
    return _retagged(hunk, lines)
