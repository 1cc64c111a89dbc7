"""New lines that indent with tabs in a file of blanks, or the other way round."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from runners.edits.indent_depths import choose_reading, leading_whitespace
from runners.edits.model import Hunk, Tagged

TAB_WIDTHS = (2, 3, 4, 8)
MIN_BLANKS = 2
"""Blanks that are indentation; one alone may be alignment."""


def fit_added_margins(hunk: Hunk, bodies: Sequence[str], at: int) -> Hunk:
    """The hunk, laid from line `at` on, with its new lines indented by what the file uses.

    As it is where the file uses both, or where nothing tells how many blanks a tab is.
    """
    leads = [leading_whitespace(text) for tag, text in hunk.lines if tag == "+" and text.strip()]
    if not any(lead.startswith(("\t", " " * MIN_BLANKS)) for lead in leads):
        return hunk
    has_tabs, has_blanks = _indents_of(tuple(bodies))
    wrong = "\t" if has_blanks and not has_tabs else " " * MIN_BLANKS
    if has_tabs == has_blanks or not any(wrong in lead for lead in leads):
        return hunk
    # Blanks without a tab are fewer than a tab is wide.
    every_lead = [leading_whitespace(text) for _, text in hunk.lines if text.strip()]
    least = max((len(lead) for lead in every_lead if lead and "\t" not in lead), default=0)
    widths = [width for width in TAB_WIDTHS if has_tabs or width > least]
    readings = [_convert(hunk, width, to_tabs=has_tabs) for width in widths]
    return choose_reading(readings, bodies, at) or hunk


# Asked again for each hunk of one file.
@lru_cache(maxsize=4)
def _indents_of(bodies: tuple[str, ...]) -> tuple[bool, bool]:
    """Whether lines begin with tabs, and whether some begin with blanks."""
    return any(x.startswith("\t") for x in bodies), any(x.startswith("  ") for x in bodies)


def _convert(hunk: Hunk, width: int, *, to_tabs: bool) -> Hunk:
    lines: list[Tagged] = []
    for tag, text in hunk.lines:
        lead = leading_whitespace(text)
        plain = lead.expandtabs(width)
        if to_tabs:
            plain = "\t" * (len(plain) // width) + " " * (len(plain) % width)
        lines.append((tag, plain + text[len(lead) :] if tag == "+" else text))
    return replace(hunk, lines=tuple(lines))
