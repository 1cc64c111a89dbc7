"""New lines that indent with tabs in a file of blanks, or the other way round."""

from collections.abc import Sequence
from dataclasses import replace

from runners.edits.indent_depths import choose_reading, leading_whitespace
from runners.edits.model import Hunk, Tagged

TAB_WIDTHS = (2, 3, 4, 8)
MIN_BLANKS = 2
"""Blanks that are indentation; one alone may be alignment."""


def fit_added_margins(hunk: Hunk, bodies: Sequence[str], at: int) -> Hunk:
    """The hunk, laid from line `at` on, with its new lines indented by what the file uses.

    As it is where the file uses both, or where nothing tells how many blanks a tab is.
    """
    added = [text for tag, text in hunk.lines if tag == "+" and text.strip()]
    has_tabs = any(body.startswith("\t") for body in bodies)
    has_blanks = any(body.startswith(" " * MIN_BLANKS) for body in bodies)
    wrong = "\t" if has_blanks and not has_tabs else " " * MIN_BLANKS
    if has_tabs == has_blanks or not any(wrong in leading_whitespace(text) for text in added):
        return hunk
    # Blanks without a tab are fewer than a tab is wide.
    leads = [leading_whitespace(text) for _, text in hunk.lines if text.strip()]
    least = max((len(lead) for lead in leads if lead and "\t" not in lead), default=0)
    widths = [width for width in TAB_WIDTHS if has_tabs or width > least]
    readings = [_convert(hunk, width, to_tabs=has_tabs) for width in widths]
    return choose_reading(readings, bodies, at) or hunk


def _convert(hunk: Hunk, width: int, *, to_tabs: bool) -> Hunk:
    lines: list[Tagged] = []
    for tag, text in hunk.lines:
        lead = leading_whitespace(text)
        plain = lead.expandtabs(width)
        if to_tabs:
            plain = "\t" * (len(plain) // width) + " " * (len(plain) % width)
        lines.append((tag, plain + text[len(lead) :] if tag == "+" else text))
    return replace(hunk, lines=tuple(lines))
