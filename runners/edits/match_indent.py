"""Matching a quotation whose indentation differs from the file's by one rule for all its lines."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from runners.edits.model import Hunk, Tagged

Shift: TypeAlias = Callable[[str], str | None]
"""The line as it belongs into the file; None where the rule does not reach it."""

# The commonest first: several may fit, and then the first does.
TAB_WIDTHS = (4, 2, 8, 3)
MIN_DEPTHS = 2
"""Depths of indentation that must occur before two spaces are taken for four, or four for two."""
MIN_DISTINCTIVE_CHARACTERS = 3


def leading_whitespace(text: str) -> str:
    return text[: len(text) - len(text.lstrip(" \t"))]


def find_shift(pairs: Sequence[tuple[str, str]]) -> Shift | None:
    """The one rule that turns every quoted margin into the file's, None when there is none.

    `pairs` are (quoted, in the file), equal but for their margins; blank ones do not count.
    """
    margins = [
        (leading_whitespace(q), leading_whitespace(f)) for q, f in pairs if q.strip() and f.strip()
    ]
    if not margins:
        return None
    for find_rule in (
        _find_added_margin,
        _find_removed_margin,
        _find_spaces_to_tabs,
        _find_tabs_to_spaces,
        _find_rescaled,
    ):
        if shift := find_rule(margins):
            return shift
    return None


def _find_added_margin(margins: list[tuple[str, str]]) -> Shift | None:
    quoted, in_file = margins[0]
    prefix = in_file.removesuffix(quoted) if in_file.endswith(quoted) else ""
    if not prefix or any(f != prefix + q for q, f in margins):
        return None
    return lambda text: prefix + text


def _find_removed_margin(margins: list[tuple[str, str]]) -> Shift | None:
    quoted, in_file = margins[0]
    prefix = quoted.removesuffix(in_file) if quoted.endswith(in_file) else ""
    if not prefix or any(q != prefix + f for q, f in margins):
        return None
    return lambda text: text[len(prefix) :] if text.startswith(prefix) else None


def _find_spaces_to_tabs(margins: list[tuple[str, str]]) -> Shift | None:
    for width in TAB_WIDTHS:
        unit = " " * width
        if all(q.replace(unit, "\t") == f and "\t" not in q for q, f in margins):
            return lambda text, w=unit: _replace_indent_unit(text, w, "\t")  # type: ignore[misc]
    return None


def _find_tabs_to_spaces(margins: list[tuple[str, str]]) -> Shift | None:
    if not any("\t" in q for q, _ in margins):
        return None
    for width in TAB_WIDTHS:
        # To the next stop, and not by a fixed number of blanks:
        # https://docs.python.org/3.11/library/stdtypes.html#str.expandtabs
        if all(q.expandtabs(width) == f for q, f in margins):
            return lambda text, w=width: leading_whitespace(text).expandtabs(w) + text.lstrip(" \t")  # type: ignore[misc]
    return None


def _replace_indent_unit(text: str, old: str, new: str) -> str | None:
    lead = leading_whitespace(text)
    if len(lead) % len(old) or lead.replace(old, ""):
        return None
    return lead.replace(old, new) + text[len(lead) :]


def _find_rescaled(margins: list[tuple[str, str]]) -> Shift | None:
    """Two spaces a level against four; needs two levels as evidence."""
    levels = {q for q, _ in margins if q}
    if len(levels) < MIN_DEPTHS or any((q + f).strip(" ") for q, f in margins):
        return None
    for old, new in ((2, 4), (4, 2)):
        if all(len(q) * new == len(f) * old for q, f in margins):
            return lambda text, o=" " * old, n=" " * new: _replace_indent_unit(text, o, n)  # type: ignore[misc]
    return None


def reindent_hunk(hunk: Hunk, file_lines: Sequence[str]) -> Hunk | None:
    """The hunk with its new lines where the file's margins want them.

    None when no single rule holds, or when the new lines follow neither the quoted margins nor
    the file's.
    """
    pairs = list(zip(hunk.old, file_lines, strict=True))
    shift = find_shift(pairs)
    if shift is None:
        return _fix_first_line(hunk, pairs)
    added = [text for tag, text in hunk.lines if tag == "+" and text.strip()]
    side = _whose_margins(hunk, [pair for pair in pairs if pair[0].strip()]) if added else "file"
    if side == "quote" and not _share_one_shift(hunk, pairs, added):
        return None
    if side == "file":
        return _keep_margins(hunk, file_lines) if added else hunk
    if side != "quote":
        return None
    lines: list[Tagged] = []
    for tag, text in hunk.lines:
        moved = shift(text) if tag == "+" and text.strip() else text
        if moved is None:
            return None
        lines.append((tag, moved))
    return _with_lines(hunk, lines)


def _with_lines(hunk: Hunk, lines: list[Tagged]) -> Hunk:
    return replace(hunk, lines=tuple(lines))


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


def _share_one_shift(hunk: Hunk, pairs: list[tuple[str, str]], added: list[str]) -> bool:
    """Whether all new lines are shifted alike: a lone quoted line may be the only one that is."""
    filled = [(q, f) for q, f in pairs if q.strip()]
    (quoted, in_file), lead = filled[0], len(leading_whitespace(filled[0][0]))
    if len(filled) > 1 or len(leading_whitespace(in_file)) <= lead:
        return True
    stays = any(tag == " " and text == quoted for tag, text in hunk.lines)
    others = [len(leading_whitespace(text)) for text in (added if stays else added[1:])]
    if stays or not others or min(others) == lead:
        return all(other == lead for other in others) if stays else True
    return added[0].rstrip()[-1] in ":{[(" and others[0] <= len(leading_whitespace(in_file))


def _first_filled(texts: Iterable[str]) -> str:
    return next(text for text in texts if text.strip())


def _fix_first_line(hunk: Hunk, pairs: list[tuple[str, str]]) -> Hunk | None:
    """Restore the margin of the first quoted line where the others have theirs.

    Chat models often strip the beginning of a reply's block.
    """
    (quoted, in_file), rest = pairs[0], pairs[1:]
    others_stand = all(q.rstrip() == f.rstrip() for q, f in rest)
    if leading_whitespace(quoted) or not others_stand or not any(q.strip() for q, _ in rest):
        return None
    if hunk.lines[0][0] == " ":
        return hunk
    lines = list(hunk.lines)
    at = next((i for i, (tag, _) in enumerate(lines) if tag == "+"), len(lines))
    new = lines[at][1] if at < len(lines) else ""
    if not new.strip() or leading_whitespace(new) == leading_whitespace(in_file):
        return hunk
    lines[at] = ("+", leading_whitespace(in_file) + new)
    return None if leading_whitespace(new) else _with_lines(hunk, lines)
