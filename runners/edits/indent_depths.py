"""How deep the lines of a file are set in, and which reading of new lines agrees with that."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from runners.edits.model import Hunk
from runners.edits.reply_limits import count_work

MAX_SAMPLED_LINES = 2_000
"""Lines of a file that show how deep a level is."""
MIN_INNER_LINES = 2
"""New lines at the beginning of a block: one may be set in oddly by choice."""
MAX_SHALLOW_BLANKS = 4
MIN_BLOCKS = 5
MAX_SHALLOW_SHARE = 0.02
"""Blocks of a file, and the share of them that may be set in by less, before it is a rule."""
OPENING_ENDS = tuple("{([:,=|&+\\<>?")
"""Ends of lines below which a line may stand deeper."""
OPENING_WORDS = ("if", "for", "while", "else", "do", "elif", "switch", "case", "-", "*", "|")


def leading_whitespace(text: str) -> str:
    return text[: len(text) - len(text.lstrip(" \t"))]


def indent_unit(bodies: Sequence[str]) -> int:
    """Blanks of one level: the commonest step from a line to a deeper one; 1 where none is."""
    steps: Counter[int] = Counter()
    before = 0
    for body in bodies[:MAX_SAMPLED_LINES]:
        # Lines of a block comment are set one blank deeper than the code around them.
        if not body.strip() or body.lstrip().startswith("*"):
            continue
        lead = leading_whitespace(body)
        if "\t" not in lead:
            steps[max(0, len(lead) - before)] += 1
            before = len(lead)
    del steps[0]
    return steps.most_common(1)[0][0] if steps else 1


def choose_reading(readings: Sequence[Hunk], bodies: Sequence[str], at: int) -> Hunk | None:
    """Of several ways to set in a hunk's new lines, the only one with the fewest odd ones."""
    distinct = list(dict.fromkeys(readings))
    if len(distinct) < 2:  # noqa: PLR2004 - nothing to choose from
        return distinct[0] if distinct else None
    unit = indent_unit(bodies)
    odd = [count_odd_lines(reading, bodies, at, unit) for reading in distinct]
    best = [reading for reading, count in zip(distinct, odd, strict=True) if count == min(odd)]
    return best[0] if len(best) == 1 else None


def count_odd_lines(hunk: Hunk, bodies: Sequence[str], at: int, unit: int) -> int:
    """Lines that stand where the file's do not, once the hunk is laid from line `at` on.

    Between the levels of the file, deeper than the line above for no reason or by more than a
    level, or further out than all lines that they replace.
    """
    past = at + len(hunk.old)
    margins = {leading_whitespace(body) for body in bodies[at:past] if body.strip()}
    depths = {len(margin) % unit for margin in margins if "\t" not in margin}
    has_tabs = any("\t" in margin for margin in margins)
    floor = min((_width(margin) for margin in margins), default=0)
    odd, above = 0, next((body for body in reversed(bodies[:at]) if body.strip()), "")
    was_added = False
    for text, is_added in _laid_lines(hunk, bodies, at):
        lead = leading_whitespace(text)
        if not text.strip() or text.lstrip().startswith("*"):
            continue
        if is_added and lead not in margins:
            odd += _width(lead) < floor
            odd += "\t" not in lead and len(lead) % unit not in depths
            odd += "\t" in lead and not has_tabs
        step = _width(lead) - _width(leading_whitespace(above))
        if (is_added or was_added) and step > 0:
            odd += (not _opens(above)) + (step > max(unit, _width("\t") if "\t" in lead else 0))
        if is_added and above.rstrip().endswith("{") and text.strip()[0] not in ")]}":
            odd += step <= 0
        above, was_added = text, is_added
    return odd


def _laid_lines(hunk: Hunk, bodies: Sequence[str], at: int) -> list[tuple[str, bool]]:
    """(line, whether it is added) of the hunk as laid, and the first filled line below it."""
    laid, line = [], at
    for tag, text in hunk.lines:
        if tag != "-":
            laid.append((text, True) if tag == "+" else (bodies[line], False))
        line += tag != "+"
    below = next((body for body in bodies[line:] if body.strip()), "")
    return [*laid, (below, False)]


def _width(lead: str) -> int:
    return len(lead.expandtabs(4))


def _opens(line: str) -> bool:
    text = line.strip()
    return text.endswith(OPENING_ENDS) or text.split(" ")[0].split("(")[0] in OPENING_WORDS


def find_misplaced_line(hunk: Hunk, bodies: Sequence[str], at: int) -> str:
    """An added line that is set in by less than a level, or so below the line that opens its block.

    Empty where lines of the file stand so, too.
    """
    if line := _find_between_levels(hunk, bodies):
        return line
    laid = [line for line in _laid_lines(hunk, bodies, at) if _is_code(line[0])]
    inner = [(a, b) for (a, was), (b, is_added) in pairwise(laid) if was and is_added]
    inner = [(a, b) for a, b in inner if _opens_block(a, b)]
    if len(inner) < MIN_INNER_LINES:
        return ""
    unit = indent_unit(bodies)
    if not all(_is_shallow(a, b, unit) for a, b in inner):
        return ""
    count_work(len(bodies))
    known = [(a, b) for a, b in pairwise(filter(_is_code, bodies)) if _opens_block(a, b)]
    shallow = sum(_is_shallow(a, b, unit) for a, b in known)
    is_rule = len(known) >= MIN_BLOCKS and shallow <= MAX_SHALLOW_SHARE * len(known)
    return inner[0][1] if is_rule else ""


def _find_between_levels(hunk: Hunk, bodies: Sequence[str]) -> str:
    """The added line that is set in least, by less than the file sets in any line."""
    added = [text for tag, text in hunk.lines if tag == "+" and _is_code(text)]
    shallow = min((text for text in added if text[0] == " "), key=_depth, default="")
    if not shallow or _depth(shallow) >= MAX_SHALLOW_BLANKS:
        return ""
    unit = indent_unit(bodies)
    count_work(len(bodies))
    margins = Counter(_depth(body) for body in bodies if _is_code(body) and body[0] == " ")
    is_between = unit > _depth(shallow) and not margins[_depth(shallow)]
    return shallow if is_between and margins.total() >= MIN_BLOCKS else ""


def _is_code(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith(("//", "*", "#", "/*"))


def _opens_block(above: str, below: str) -> bool:
    return above.rstrip().endswith("{") and below.strip()[0] not in ")]}"


def _is_shallow(above: str, below: str, unit: int) -> bool:
    leads = leading_whitespace(above) + leading_whitespace(below)
    return "\t" not in leads and _depth(below) < _depth(above) + unit


def _depth(line: str) -> int:
    return _width(leading_whitespace(line))
