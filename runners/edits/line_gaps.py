"""Finding where two texts differ, in time that grows with their lines alone."""

import itertools
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from runners.edits.model import align_lines

Pair = tuple[int, int]
LIKELY = 0.9


class Gap(NamedTuple):
    """`old[first:past]` reads as `new[new_first:new_past]`; one of the two may be empty."""

    first: int
    past: int
    new_first: int
    new_past: int


WORD = re.compile(r"\w")
MAX_WEAK_LINES = 3
"""Lines without a word, as of brackets alone, that may be equal by chance."""


def strip_filled(lines: Iterable[str]) -> list[str]:
    """The lines that are not blank, without blanks around them."""
    return [line.strip() for line in lines if line.strip()]


def find_gaps(old: Sequence[str], new: Sequence[str]) -> list[Gap]:
    """Where they differ, in order, blanks at the ends of lines aside.

    Indentation counts where the texts are indented alike. Between two gaps stands more than a few
    brackets.
    """
    bare = [[line.strip() for line in text] for text in (old, new)]
    full = [[line.rstrip() for line in text] for text in (old, new)]
    alike = _count_equal(*full) >= LIKELY * _count_equal(*bare)
    a, b = full if alike else bare
    return _join_over_weak_lines(_find_gaps(a, b), b)


def _count_equal(old: Sequence[str], new: Sequence[str]) -> int:
    return (Counter(old) & Counter(new)).total()


def _join_over_weak_lines(gaps: Sequence[Gap], new: Sequence[str]) -> list[Gap]:
    joined: list[Gap] = []
    for gap in gaps:
        last = joined[-1] if joined else None
        between = new[last.new_past : gap.new_first] if last else ()
        weak = len(between) <= MAX_WEAK_LINES and not any(map(WORD.search, between))
        if last and weak:
            joined[-1] = Gap(last.first, gap.past, last.new_first, gap.new_past)
        else:
            joined.append(gap)
    return joined


def _find_gaps(old: Sequence[str], new: Sequence[str]) -> list[Gap]:
    """Where they differ, in order.

    Lines that stand once in both are paired first, as in a patience diff, so that the rest falls
    into small pieces: https://bramcohen.livejournal.com/73318.html
    """
    pairs = [(-1, -1), *_pair_unique_lines(old, new), (len(old), len(new))]
    gaps: list[Gap] = []
    for (i, k), (j, m) in itertools.pairwise(pairs):
        if i + 1 < j or k + 1 < m:
            gaps += _gaps_between(old, new, Gap(i + 1, j, k + 1, m))
    return gaps


def _gaps_between(old: Sequence[str], new: Sequence[str], span: Gap) -> Iterator[Gap]:
    i, k = first, new_first = span.first, span.new_first
    tagged = align_lines(list(old[i : span.past]), list(new[k : span.new_past]))
    for tag, _ in [*tagged, (" ", "")]:
        if tag == " ":
            if first < i or new_first < k:
                yield Gap(first, i, new_first, k)
            first, new_first = i + 1, k + 1
        i += tag != "+"
        k += tag != "-"


def _pair_unique_lines(old: Sequence[str], new: Sequence[str]) -> list[Pair]:
    """The longest rising row of pairs of lines that stand once in each text."""
    old_times, new_times = Counter(old), Counter(new)
    places = {line: at for at, line in enumerate(new) if new_times[line] == 1}
    pairs = [
        (at, places[line]) for at, line in enumerate(old) if line in places and old_times[line] == 1
    ]
    return _longest_rising(pairs)


def _longest_rising(pairs: Sequence[Pair]) -> list[Pair]:
    """By patience sorting.

    https://en.wikipedia.org/wiki/Longest_increasing_subsequence#Efficient_algorithms
    """
    tops: list[int] = []
    rows: list[int] = []
    before: list[int] = []
    for at, (_, place) in enumerate(pairs):
        row = bisect_left(tops, place)
        before.append(rows[row - 1] if row else -1)
        if row == len(tops):
            tops.append(place)
            rows.append(at)
        else:
            tops[row], rows[row] = place, at
    found = []
    at = rows[-1] if rows else -1
    while at >= 0:
        found.append(pairs[at])
        at = before[at]
    return found[::-1]
