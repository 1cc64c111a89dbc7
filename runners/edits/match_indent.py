"""Matching a quotation whose indentation differs from the file's by one rule for all its lines."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from runners.edits.indent_depths import choose_reading, leading_whitespace
from runners.edits.model import Hunk, Tagged

Shift: TypeAlias = Callable[[str], str | None]
"""The line as it belongs into the file; None where the rule does not reach it."""

TAB_WIDTHS = (4, 2, 8, 3)
RESCALED = ((2, 4), (4, 2), (1, 2), (2, 1), (1, 4), (4, 1))
"""Blanks a level in the quotation and in the file, where margins may be rescaled."""
MIN_DISTINCTIVE_CHARACTERS = 3


def find_shifts(margins: Sequence[tuple[str, str]]) -> list[Shift]:
    """Every rule that turns all quoted margins into the file's; `margins` are (quoted, file's)."""
    return (
        [shift for find_rules in RULES.values() for shift in find_rules(margins)] if margins else []
    )


def _find_added_margin(margins: Sequence[tuple[str, str]]) -> Iterator[Shift]:
    quoted, in_file = margins[0]
    prefix = in_file.removesuffix(quoted) if in_file.endswith(quoted) else ""
    if prefix and all(f == prefix + q for q, f in margins):
        yield lambda text: prefix + text


def _find_removed_margin(margins: Sequence[tuple[str, str]]) -> Iterator[Shift]:
    quoted, in_file = margins[0]
    prefix = quoted.removesuffix(in_file) if quoted.endswith(in_file) else ""
    if prefix and all(q == prefix + f for q, f in margins):
        yield lambda text: text[len(prefix) :] if text.startswith(prefix) else None


def _find_spaces_to_tabs(margins: Sequence[tuple[str, str]]) -> Iterator[Shift]:
    for width in TAB_WIDTHS:
        unit = " " * width
        if all(q.replace(unit, "\t") == f and "\t" not in q for q, f in margins):
            yield partial(_replace_unit, old=unit, new="\t")


def _replace_unit(text: str, old: str, new: str) -> str | None:
    lead = leading_whitespace(text)
    if len(lead) % len(old) or lead.replace(old, ""):
        return None
    return lead.replace(old, new) + text[len(lead) :]


def _find_tabs_to_spaces(margins: Sequence[tuple[str, str]]) -> Iterator[Shift]:
    if not any("\t" in q for q, _ in margins):
        return
    for width in TAB_WIDTHS:
        # To the next stop, and not by a fixed number of blanks:
        # https://docs.python.org/3.11/library/stdtypes.html#str.expandtabs
        if all(q.expandtabs(width) == f for q, f in margins):
            yield partial(_expand_margin, width=width)


def _expand_margin(text: str, width: int) -> str:
    lead = leading_whitespace(text)
    return lead.expandtabs(width) + text[len(lead) :]


def _find_rescaled(margins: Sequence[tuple[str, str]]) -> Iterator[Shift]:
    """Two spaces a level against four."""
    if any((q + f).strip(" ") for q, f in margins) or not any(q for q, _ in margins):
        return
    for old, new in RESCALED:
        if all(len(q) * new == len(f) * old for q, f in margins):
            yield partial(_rescale_margin, old=old, new=new)


def _rescale_margin(text: str, old: int, new: int) -> str | None:
    lead = leading_whitespace(text)
    if "\t" in lead or len(lead) * new % old:
        return None
    return " " * (len(lead) * new // old) + text[len(lead) :]


RULES: dict[str, Callable[[Sequence[tuple[str, str]]], Iterator[Shift]]] = {
    "a margin cut off": _find_added_margin,
    "a margin too many": _find_removed_margin,
    "blanks for tabs": _find_spaces_to_tabs,
    "tabs for blanks": _find_tabs_to_spaces,
    "levels rescaled": _find_rescaled,
}
OTHER_MARGINS = ("the first margin lost", "margins one by one")
"""What is forgiven where no rule holds for all lines: `_fix_first_line` and `_map_margins`."""


def reindent_hunk(hunk: Hunk, bodies: Sequence[str], at: int) -> Hunk | None:
    """The hunk with its new lines where the file's margins want them, its old ones from line `at`.

    None when no rule holds, when several do and nothing tells which is meant, or when the new
    lines follow neither the quoted margins nor the file's.
    """
    file_lines = bodies[at : at + len(hunk.old)]
    pairs = list(zip(hunk.old, file_lines, strict=True))
    margins = [
        (leading_whitespace(q), leading_whitespace(f)) for q, f in pairs if q.strip() and f.strip()
    ]
    shifts = find_shifts(margins)
    first = _fix_first_line(hunk, pairs)
    if not any(tag == "+" and text.strip() for tag, text in hunk.lines):
        moved = _shift_added(hunk, shifts[0]) if shifts else None
        return moved or (hunk if first or _has_margin_map(pairs) else None)
    if not shifts and first is not None:
        return first
    side = _whose_margins(hunk, [pair for pair in pairs if pair[0].strip()])
    if side == "file":
        return _keep_margins(hunk, file_lines)
    readings = [_shift_added(hunk, shift) for shift in shifts or [_map_margins(pairs)]]
    if side and not any(readings):
        return None
    as_given = hunk if hunk.is_diff or not side else None
    return choose_reading([x for x in (*readings, first, as_given) if x is not None], bodies, at)


def _shift_added(hunk: Hunk, shift: Shift) -> Hunk | None:
    lines: list[Tagged] = []
    for tag, text in hunk.lines:
        moved = shift(text) if tag == "+" and text.strip() else text
        if tag == "+" and text and not text.strip() and hunk.is_diff:
            # What sets in the lines of a diff does so with their signs, also before blank ones.
            moved = text if (shifted := shift(text)) is None else shifted
        if moved is None:
            return None
        lines.append((tag, moved))
    return replace(hunk, lines=tuple(lines))


def _map_margins(pairs: Sequence[tuple[str, str]]) -> Shift:
    """Each quoted margin as the file has it, where no one rule holds for all of them."""
    by_text, by_margin, steps = _margin_maps(pairs)

    def shift(text: str) -> str | None:
        lead, rest = leading_whitespace(text), text.lstrip(" \t")
        for known in (by_text.get(text.rstrip()), by_margin.get(_margin_kind(text))):
            if known and len(known) == 1:
                return next(iter(known)) + rest
            if known:
                return None
        if len(steps) == 1 and not (lead + next(iter(pairs))[1]).startswith("\t"):
            width = len(lead) + next(iter(steps))
            return " " * width + rest if width >= 0 else None
        return None

    return shift


def _margin_maps(
    pairs: Sequence[tuple[str, str]],
) -> tuple[dict[str, set[str]], dict[tuple[str, bool], set[str]], set[int]]:
    """Margins of the file by quoted line and by quoted margin; and all differences in width."""
    by_text: dict[str, set[str]] = {}
    by_margin: dict[tuple[str, bool], set[str]] = {}
    steps = set()
    for quoted, body in pairs:
        if quoted.strip():
            lead = leading_whitespace(body)
            by_text.setdefault(quoted.rstrip(), set()).add(lead)
            by_margin.setdefault(_margin_kind(quoted), set()).add(lead)
            steps.add(len(lead) - len(leading_whitespace(quoted)))
    return by_text, by_margin, steps


def _margin_kind(text: str) -> tuple[str, bool]:
    # Lines of a block comment are set one blank deeper than the code around them.
    return leading_whitespace(text), text.lstrip().startswith("*")


def _has_margin_map(pairs: Sequence[tuple[str, str]]) -> bool:
    return all(len(margins) == 1 for margins in _margin_maps(pairs)[1].values())


def _keep_margins(hunk: Hunk, file_lines: Sequence[str]) -> Hunk:
    """New lines as the reply gives them, also where one only looked like an unchanged old line."""
    lines: list[Tagged] = []
    remaining = iter(file_lines)
    for tag, text in hunk.lines:
        same = tag == "+" or next(remaining).rstrip() == text.rstrip()
        lines += [(tag, text)] if same or tag == "-" else [("-", text), ("+", text)]
    return replace(hunk, lines=tuple(lines))


def _is_distinctive(text: str) -> bool:
    """Enough of a line to recognise it: a bracket alone may stand at any depth."""
    return sum(character.isalnum() for character in text) >= MIN_DISTINCTIVE_CHARACTERS


def _whose_margins(hunk: Hunk, pairs: list[tuple[str, str]]) -> str:
    """Whose margins the new lines have: `quote`, `file`, or empty where that is unclear.

    Old lines that are repeated decide, else the first and the last line do.
    """
    quoted = {(q.strip(), leading_whitespace(q)) for q, _ in pairs if _is_distinctive(q)}
    in_file = {(f.strip(), leading_whitespace(f)) for _, f in pairs if _is_distinctive(f)}
    new_lines = {
        (text.strip(), leading_whitespace(text)) for text in hunk.new if _is_distinctive(text)
    }
    first = _whose_margin(leading_whitespace(_first_filled(hunk.new)), pairs[0])
    last = _whose_margin(leading_whitespace(_first_filled(hunk.new[::-1])), pairs[-1])
    repeated = {"quote"} if new_lines & (quoted - in_file) else set()
    repeated |= {"file"} if new_lines & (in_file - quoted) else set()
    sides = repeated | ({first} - {""}) if repeated else {first, last or first}
    return sides.pop() if len(sides) == 1 else ""


def _whose_margin(lead: str, pair: tuple[str, str]) -> str:
    """Whose margin an edge line has, the quoted line's or the file's; empty for neither."""
    quoted, in_file = leading_whitespace(pair[0]), leading_whitespace(pair[1])
    return "quote" if lead == quoted else "file" if lead == in_file else ""


def _first_filled(texts: Iterable[str]) -> str:
    return next(text for text in texts if text.strip())


def _fix_first_line(hunk: Hunk, pairs: list[tuple[str, str]]) -> Hunk | None:
    """Restore the margin of the first quoted line where the others have theirs.

    Chat models often strip the beginning of a reply's block.
    """
    (quoted, in_file), rest = pairs[0], pairs[1:]
    others_stand = all(q.rstrip() == f.rstrip() for q, f in rest)
    if leading_whitespace(quoted) or not others_stand or not quoted.strip():
        return None
    if hunk.lines[0][0] == " ":
        return hunk
    lines = list(hunk.lines)
    at = next((i for i, (tag, _) in enumerate(lines) if tag == "+"), len(lines))
    new = lines[at][1] if at < len(lines) else ""
    if not new.strip() or leading_whitespace(new) == leading_whitespace(in_file):
        return hunk
    lines[at] = ("+", leading_whitespace(in_file) + new)
    return None if leading_whitespace(new) else replace(hunk, lines=tuple(lines))
