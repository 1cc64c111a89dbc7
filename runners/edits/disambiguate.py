"""Choosing the place that a hunk means among several, by line numbers, order and sections."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from runners.edits.match import Match
from runners.edits.model import EditError, Hunk

MAX_REGIONS = 1_000
"""A chain of anchors that fits more regions than this is refused as ambiguous."""
MAX_ANCHORS = 20
ANCHOR_HINT = "Name the class or function the change is in by its own line."


def find_regions(anchors: Sequence[str], bodies: Sequence[str]) -> list[tuple[int, int]]:
    """Regions, as (first line, past the last), that the chain of anchors names, outermost first."""
    # Several @@ lines name a class and then a method in it, each inside the one before:
    # https://github.com/openai/codex/blob/main/codex-rs/apply-patch/apply_patch_tool_instructions.md
    found = [(0, len(bodies))]
    if len(anchors) > MAX_ANCHORS:
        raise EditError(f"{len(anchors)} lines of @@ for one chunk", ANCHOR_HINT)
    for anchor in anchors:
        exact, stripped = (_lines_like(anchor, bodies, key) for key in (str.rstrip, str.strip))
        inner: dict[tuple[int, int], None] = {}
        for start, end in found:
            for at in _within(exact, start, end) or _within(stripped, start, end):
                inner[at + 1, _block_end(at, bodies, end)] = None
                if len(inner) > MAX_REGIONS:
                    raise EditError(f"the line @@ {anchor} stands in too many places", ANCHOR_HINT)
        found = list(inner)
    return found


def _lines_like(anchor: str, bodies: Sequence[str], key: Callable[[str], str]) -> list[int]:
    wanted = key(anchor)
    return [at for at, body in enumerate(bodies) if key(body) == wanted]


def _within(lines: list[int], start: int, end: int) -> list[int]:
    return lines[bisect_left(lines, start) : bisect_left(lines, end)]


def _block_end(at: int, bodies: Sequence[str], end: int) -> int:
    """Where the block that line `at` opens ends: at the next line indented no deeper.

    A line that opens no block reaches to the end.
    """
    depth = _indent_width(bodies[at])
    first_inner = next((b for b in bodies[at + 1 : end] if b.strip()), "")
    if not first_inner or _indent_width(first_inner) <= depth:
        return end
    for line in range(at + 1, end):
        body = bodies[line]
        # A closing bracket at that depth ends a signature of several lines, or the block itself.
        if body.strip() and _indent_width(body) <= depth and body.strip()[0] not in ")]}":
            return line
    return end


def _indent_width(body: str) -> int:
    plain = body.expandtabs(4)
    return len(plain) - len(plain.lstrip())


@dataclass(frozen=True, slots=True)
class LineNumbers:
    """How far a diff's line numbers can be believed, judged by the hunks whose place is certain."""

    right: int = 0
    wrong: int = 0
    consistent: bool = True


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
        consistent &= (
            hunk.evidence.counts_match
            and hunk.evidence.new_start == hunk.evidence.start + added + shift
        )
        added += len(hunk.new) - len(hunk.old)
    return LineNumbers(right, wrong, consistent)


def select_in_order(hunks: Sequence[Hunk], found: Sequence[list[Match]], index: int) -> list[Match]:
    """The places of one hunk; of several, those between its certain neighbours.

    A diff's hunks follow the file's order, so this holds only where the certain ones do.
    """
    places = found[index]
    certain = [(i, p[0]) for i, p in enumerate(found) if len(p) == 1 and hunks[i].evidence.in_order]
    # A unified diff has its hunks in the file's order; a model's may not.
    is_ordered = all(a.past <= b.at for (_, a), (_, b) in pairwise(certain))
    if len(places) < 2 or not hunks[index].evidence.in_order or not is_ordered:  # noqa: PLR2004 - one is certain
        return places
    low = max((match.past for i, match in certain if i < index), default=0)
    high = min((match.at for i, match in certain if i > index), default=None)
    return [m for m in places if m.at >= low and (high is None or m.past <= high)] or places


def narrow_matches(
    places: list[Match], hunk: Hunk, bodies: list[str], numbers: LineNumbers
) -> list[Match]:
    if hunk.evidence.at_end and (at_end := [m for m in places if m.past == len(bodies)]):
        places = at_end
    if hunk.evidence.anchors:
        places = _select_by_anchors(places, hunk, bodies)
    trusted = numbers.right or (hunk.evidence.counts_match and numbers.consistent)
    if len(places) > 1 and trusted and not numbers.wrong:
        at_stated_line = [m for m in places if m.at + 1 == hunk.evidence.start]
        places = at_stated_line or places
    return places


def _select_by_anchors(places: list[Match], hunk: Hunk, bodies: list[str]) -> list[Match]:
    anchors = [anchor for anchor in hunk.evidence.anchors if anchor.strip()]
    regions = find_regions(anchors, bodies)
    if not regions:
        return places if len(hunk.evidence.anchors) == 1 else []
    inside = [m for m in places if any(a <= m.at and m.past <= past for a, past in regions)]
    if inside:
        return inside
    # A chunk may quote its anchor again, or reach past the block the anchor opens.
    return [m for m in places if any(a - 1 <= m.at for a, _ in regions)]


def heading_fits(heading: str, start: int, bodies: list[str]) -> bool | None:
    """Whether git's section heading is the one of that line; None when there is none."""
    if not heading.strip():
        return None
    # By default a heading begins with a letter, an underscore or a dollar sign:
    # https://git-scm.com/docs/gitattributes#_defining_a_custom_hunk_header
    for body in reversed(bodies[:start]):
        if body.rstrip().startswith(heading.rstrip()):
            return True
        if not heading[:1].isspace() and (body[:1].isalpha() or body[:1] in "_$"):
            return False
    return False
