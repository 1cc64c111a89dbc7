"""Choosing the place that a hunk means, by all that the reply says of it; contradiction refuses."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from runners.edits.file_lines import FileLines
from runners.edits.match import Match
from runners.edits.model import EditError, Hunk
from runners.edits.regions import find_heading_lines, find_regions, heading_fits, is_inside
from runners.edits.reply_limits import count_work

MAX_LISTED = 8
LINES_PER_PLACE = 64
"""What it costs to hold one place against the anchors, in lines looked at."""
NEAR_EXACT = frozenset({"", "trailing blanks"})
"""Forgiven so little that the order of hunks and consistent numbers may choose among places."""
CODE = re.compile(r"[(){}\[\]:;=<>]|^\s*(?:def|class|func|function|fn|interface|struct|impl)\s")
QUOTE_MORE = "Quote more of the lines around the one that is meant, so that only one place fits."


@dataclass(frozen=True, slots=True)
class LineNumbers:
    """How far a diff's line numbers can be believed, judged by the hunks whose place is certain."""

    right: int = 0
    wrong: int = 0
    consistent: bool = True

    @property
    def are_proved(self) -> bool:
        return self.right > 0 and self.wrong == 0

    def are_credible(self, hunk: Hunk) -> bool:
        # A block that states a line states it for itself, and not as part of a diff's arithmetic.
        fits_diff = hunk.evidence.counts_match and self.consistent
        return not self.wrong and bool(self.right or fits_diff or not hunk.evidence.in_order)


def judge_line_numbers(hunks: Sequence[Hunk], found: Sequence[list[Match]]) -> LineNumbers:
    right = wrong = added = 0
    consistent = True
    for hunk, places in zip(hunks, found, strict=True):
        if hunk.evidence.start is None:
            continue
        if len(places) == 1:
            matches_start = places[0].at + 1 == hunk.evidence.start
            right, wrong = right + matches_start, wrong + (not matches_start)
        # An empty range is said to start at the line before it:
        # https://www.gnu.org/software/diffutils/manual/html_node/Detailed-Unified.html
        shift = (not hunk.old) - (not hunk.new)
        consistent &= not hunk.evidence.in_order or (
            hunk.evidence.counts_match
            and hunk.evidence.new_start == hunk.evidence.start + added + shift
        )
        added += len(hunk.new) - len(hunk.old)
    return LineNumbers(right, wrong, consistent)


def choose_match(
    index: int,
    hunks: Sequence[Hunk],
    found: Sequence[list[Match]],
    file: FileLines,
    numbers: LineNumbers,
) -> Match:
    """The one place of a hunk that stands somewhere. Raises `EditError` where that is unclear."""
    hunk, places = hunks[index], found[index]
    why_not = [_describe_contradiction(match, hunk, file) for match in places]
    agreeing = [match for match, why in zip(places, why_not, strict=True) if not why]
    if not agreeing:
        reasons = list(dict.fromkeys(why_not))
        raise EditError(f"{hunk.label}: {reasons[0]}", "Correct that, or leave it out.")
    chosen = _select_by_region(agreeing, hunk, file)
    if len(chosen) > 1:
        chosen = _select_by_number(chosen, hunk, numbers) or _select_in_order(
            index, hunks, found, chosen
        )
    if len(chosen) != 1:
        raise _ambiguous(hunk, agreeing)
    _check_number(chosen[0], hunk, places, numbers)
    return chosen[0]


def _select_by_region(places: list[Match], hunk: Hunk, file: FileLines) -> list[Match]:
    """Those that stand in what an anchor or a heading names, or at the end that is stated."""
    if len(places) == 1:
        return places
    if hunk.evidence.at_end:
        places = [m for m in places if _is_last(m, file)] or places
    if hunk.evidence.anchors:
        regions = find_regions(_real_anchors(hunk), file)
        places = [m for m in places if is_inside(m.at, m.past, regions)] or places
    return places


def _is_last(match: Match, file: FileLines) -> bool:
    return not any(body.strip() for body in file.bodies[match.past :])


def _real_anchors(hunk: Hunk) -> list[str]:
    return [anchor for anchor in hunk.evidence.anchors if any(map(str.isalnum, anchor))]


def _select_by_number(places: list[Match], hunk: Hunk, numbers: LineNumbers) -> list[Match]:
    is_exact = all(match.leniency in NEAR_EXACT for match in places)
    if not (numbers.are_proved or (is_exact and numbers.are_credible(hunk))):
        return []
    return [match for match in places if match.at + 1 == hunk.evidence.start]


def _select_in_order(
    index: int, hunks: Sequence[Hunk], found: Sequence[list[Match]], places: list[Match]
) -> list[Match]:
    """Those between the hunk's certain neighbours.

    A diff's hunks follow the file's order, so this holds only where the certain ones do.
    """
    certain = [(i, p[0]) for i, p in enumerate(found) if len(p) == 1 and hunks[i].evidence.in_order]
    is_ordered = all(a.past <= b.at for (_, a), (_, b) in pairwise(certain))
    is_exact = all(match.leniency in NEAR_EXACT for match in places)
    if not hunks[index].evidence.in_order or not is_ordered or not is_exact:
        return places
    low = max((match.past for i, match in certain if i < index), default=0)
    high = min((match.at for i, match in certain if i > index), default=None)
    return [m for m in places if m.at >= low and (high is None or m.past <= high)] or places


def _check_number(chosen: Match, hunk: Hunk, places: Sequence[Match], numbers: LineNumbers) -> None:
    """Refuses a place that is not at the line which the hunk states, where that may be meant."""
    start = hunk.evidence.start
    if start is None or chosen.at + 1 == start:
        return
    could_be_meant = not numbers.wrong and any(match.at + 1 == start for match in places)
    # A diff's numbers are often wrong; the line that a block states is the only one it has.
    is_believed = numbers.are_proved or not hunk.evidence.in_order
    if could_be_meant or (is_believed and chosen.leniency):
        raise EditError(
            f"{hunk.label}: it says line {start}, its old lines stand at line {chosen.at + 1}",
            "Correct the line number, or quote more lines.",
        )


def _describe_contradiction(match: Match, hunk: Hunk, file: FileLines) -> str:
    """What the reply says of the place and is not so there; empty where all of it agrees."""
    return (
        _contradicts_anchors(match, hunk, file)
        or _contradicts_heading(match, hunk, file)
        or _contradicts_end(match, hunk, file)
    )


def _contradicts_anchors(match: Match, hunk: Hunk, file: FileLines) -> str:
    anchors = _real_anchors(hunk)
    if not anchors:
        return ""
    regions = find_regions(anchors, file)
    count_work(LINES_PER_PLACE + len(regions))
    if not regions:
        is_meant = len(hunk.evidence.anchors) > 1 or _is_code(anchors[-1])
        return f"its line @@ {anchors[-1]} is not in the file" if is_meant else ""
    # A chunk may quote its anchor again, or reach past the block that the anchor opens.
    is_behind = any(first - 1 <= match.at for first, _ in regions)
    if is_inside(match.at, match.past, regions) or (is_behind and not match.leniency):
        return ""
    lines = _list_lines([first for first, _ in regions])
    return (
        f"its line @@ {anchors[-1]} stands at {lines}, its old lines not below it but at line "
        f"{match.at + 1}"
    )


def _is_code(anchor: str) -> bool:
    """A line of code that is not there is a mistake; a word or two may be meant for people."""
    return bool(CODE.search(anchor))


def _contradicts_heading(match: Match, hunk: Hunk, file: FileLines) -> str:
    heading = hunk.evidence.heading
    if heading_fits(heading, match.at, match.past, file.bodies) is not False:
        return ""
    lines = find_heading_lines(heading, file.bodies)
    return (
        f"its heading {heading!r} stands at {_list_lines([at + 1 for at in lines])}, its old "
        f"lines not below it but at line {match.at + 1}"
    )


def _contradicts_end(match: Match, hunk: Hunk, file: FileLines) -> str:
    # Models mark the end of the patch so as well, and Codex looks elsewhere then.
    if not hunk.evidence.at_end or not match.leniency or _is_last(match, file):
        return ""
    return (
        f"it says that the file ends with it, but its old lines stand at line {match.at + 1} and "
        f"the file has {len(file.bodies)} lines"
    )


def _ambiguous(hunk: Hunk, places: Sequence[Match]) -> EditError:
    leniency = next((match.leniency for match in places if match.leniency), "")
    starts = sorted({match.at for match in places})
    if len(starts) < len(places):
        return EditError(
            f"{hunk.label}: several of its lines may be the one that divides old from new, and "
            f"{len(places)} of these readings fit the file",
            "Give this change as a unified diff: lines of ======= are plain text there.",
        )
    but_for = f" but for {leniency}" if leniency else ""
    return EditError(
        f"{hunk.label}: its old lines stand in {len(places)} places{but_for} "
        f"({_list_lines([at + 1 for at in starts])})",
        QUOTE_MORE,
    )


def _list_lines(lines: Sequence[int]) -> str:
    word = "line" if len(lines) == 1 else "lines"
    more = ", ..." if len(lines) > MAX_LISTED else ""
    return f"{word} {', '.join(map(str, lines[:MAX_LISTED]))}{more}"
