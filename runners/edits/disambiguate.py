"""Which of several places a hunk means, by what a diff says of lines, order and sections."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from runners.edits.match import Match
from runners.edits.model import Hunk
from runners.edits.v4a_anchors import regions


@dataclass(frozen=True, slots=True)
class Numbers:
    """How far a diff's line numbers can be believed, judged by the hunks whose place is certain."""

    right: int = 0
    wrong: int = 0
    consistent: bool = True


def numbers_of(hunks: Sequence[Hunk], found: Sequence[list[Match]]) -> Numbers:
    right = wrong = grown = 0
    consistent = True
    for hunk, places in zip(hunks, found, strict=True):
        if hunk.start is None:
            continue
        if len(places) == 1:
            ok = places[0].at + 1 == hunk.start
            right, wrong = right + ok, wrong + (not ok)
        shift = (not hunk.old) - (not hunk.new)
        consistent &= hunk.counted and hunk.new_start == hunk.start + grown + shift
        grown += len(hunk.new) - len(hunk.old)
    return Numbers(right, wrong, consistent)


def in_order(hunks: Sequence[Hunk], found: Sequence[list[Match]], index: int) -> list[Match]:
    """The places of one hunk; of several, those between its certain neighbours.

    A diff's hunks follow the file's order, so this holds only where the certain ones do.
    """
    places = found[index]
    certain = [(i, p[0]) for i, p in enumerate(found) if len(p) == 1 and hunks[i].diff]
    ordered = all(a.past <= b.at for (_, a), (_, b) in pairwise(certain))
    if len(places) < 2 or not hunks[index].diff or not ordered:  # noqa: PLR2004 - one is certain
        return places
    low = max((match.past for i, match in certain if i < index), default=0)
    high = min((match.at for i, match in certain if i > index), default=None)
    return [m for m in places if m.at >= low and (high is None or m.past <= high)] or places


def narrowed(places: list[Match], hunk: Hunk, bodies: list[str], numbers: Numbers) -> list[Match]:
    if hunk.at_end and (ending := [m for m in places if m.past == len(bodies)]):
        places = ending
    if hunk.anchors:
        places = _anchored(places, hunk, bodies)
    believed = numbers.right or (hunk.counted and numbers.consistent)
    if len(places) > 1 and believed and not numbers.wrong:
        stated = [m for m in places if m.at + 1 == hunk.start]
        places = stated or places
    return places


def _anchored(places: list[Match], hunk: Hunk, bodies: list[str]) -> list[Match]:
    anchors = [anchor for anchor in hunk.anchors if anchor.strip()]
    named = regions(anchors, bodies)
    if not named:
        return places if len(hunk.anchors) == 1 else []
    inside = [m for m in places if any(a <= m.at and m.past <= past for a, past in named)]
    if inside:
        return inside
    # A chunk may quote its anchor again, or reach past the block the anchor opens.
    return [m for m in places if any(a - 1 <= m.at for a, _ in named)]


def heading_fits(heading: str, start: int, bodies: list[str]) -> bool | None:
    """Whether git's section heading is the one of that line; None when there is none."""
    if not heading.strip():
        return None
    for body in reversed(bodies[:start]):
        if body.rstrip().startswith(heading.rstrip()):
            return True
        if not heading[:1].isspace() and (body[:1].isalpha() or body[:1] in "_$"):
            return False
    return False
