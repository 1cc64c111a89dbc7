"""Putting back definitions that a whole-file answer dropped, in any language with an outline."""

import re
from collections.abc import Collection, Sequence

from runners.edits.definition_parts import (
    LineSplice,
    Part,
    apply_line_splices,
    import_lines,
    list_parts,
    move_margin,
)
from runners.edits.indent_depths import leading_whitespace
from runners.edits.merge_lost import restore_lost
from runners.edits.reply_text import file_extension


def restore_parts(
    path: str, before: Sequence[str], after: Sequence[str], names: Collection[str]
) -> list[str] | None:
    """`after` with these definitions of `before` below the neighbours they followed.

    None where one of them has no neighbour and no owner left to stand in.
    """
    if file_extension(path) in {"py", "pyi"}:
        text = restore_lost("\n".join(before) + "\n", "\n".join(after) + "\n", names)
        return None if text is None else text.removesuffix("\n").split("\n")
    old, new = list_parts(path, before), list_parts(path, after)
    known = {part.path: part for part in old}
    if not names or not set(names) <= known.keys():
        return None
    # What is inside of another lost part comes back with it.
    lost = [part for part in old if part.path in names and part.owner not in names]
    splices = []
    for part in lost:
        place = _find_place(part, old, new, before, after)
        if place is None:
            return None
        splices.append(place)
    return apply_line_splices(after, [*splices, *_missing_imports(before, after, lost)])


def _find_place(
    part: Part,
    old: Sequence[Part],
    new: Sequence[Part],
    before: Sequence[str],
    after: Sequence[str],
) -> LineSplice | None:
    there = {each.path: each for each in new}
    siblings = [each for each in old if each.owner == part.owner]
    at = siblings.index(part)
    text = before[part.head : part.past]
    above = next((x for x in reversed(siblings[:at]) if x.path in there), None)
    if above is not None:
        neighbour = there[above.path]
        gap = _count_blank_above(before, part.head) or 1
        moved = move_margin(text, leading_whitespace(after[neighbour.first]))
        return LineSplice(neighbour.past, neighbour.past, (*[""] * gap, *moved))
    below = next((x for x in siblings[at + 1 :] if x.path in there), None)
    if below is not None:
        neighbour = there[below.path]
        gap = _count_blank_above(before, below.head) or 1
        moved = move_margin(text, leading_whitespace(after[neighbour.first]))
        return LineSplice(neighbour.head, neighbour.head, (*moved, *[""] * gap))
    return None


def _count_blank_above(lines: Sequence[str], first: int) -> int:
    at = first
    while at and not lines[at - 1].strip():
        at -= 1
    return first - at


def _missing_imports(
    before: Sequence[str], after: Sequence[str], lost: Sequence[Part]
) -> list[LineSplice]:
    """The imports of one line that the answer dropped with the only parts that use them."""
    words = {
        word for part in lost for line in before[part.first : part.past] for word in _words(line)
    }
    known = {word for at in import_lines(after) for word in _words(after[at])}
    there = {line.strip() for line in after}
    missing = [
        before[at]
        for at in import_lines(before)
        if before[at].strip() not in there and (_words(before[at]) & words) - known
    ]
    at = max(import_lines(after), default=-1) + 1
    return [LineSplice(at, at, tuple(missing))] if missing else []


def _words(line: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_]\w*", line)) - {"import", "from", "use", "as", "const"}
