"""Comparisons that hold whatever is compared: an object with one is equal to what a test expects.

Found by their name in each language, however long they are: all that they return is true.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from itertools import accumulate

from bot.approval.test_layout import Layout, find_spans

MAX_SHOWN_CHARS = 80
# https://docs.python.org/3.11/reference/datamodel.html#object.__eq__
# https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/lang/Object.html
# https://doc.rust-lang.org/std/cmp/trait.PartialEq.html
_COMPARISON = re.compile(
    r"\bdef[ \t]+__(?:eq|ne|lt|le|gt|ge|contains|bool|instancecheck|subclasscheck)__\b"
    r"|\b(?:boolean|bool)[ \t]+[eE]quals[ \t]*\("
    r"|\bfun[ \t]+equals[ \t]*\(|\bdef[ \t]+equals[ \t]*\("
    r"|\bdef[ \t]+(?:==|eql\?|equal\?|===)|\bfn[ \t]+(?:eq|ne)[ \t]*[(<]"
    r"|\boperator[ \t]*==[ \t]*\(|\bfunc[ \t]+==[ \t]*\("
)
_RETURN = re.compile(r"\breturn\b")
_RETURNS = re.compile(rf"{_RETURN.pattern}([^\n;}}]*)")
_TRUE = re.compile(
    r"[\s(]*(?:True|true|TRUE|1|not[ \t]+(?:False|None|0)|!false|!0|bool\(1\))[\s)]*"
)
_UNEQUAL_TO_ITSELF = re.compile(r"[ \t]*not[ \t]+self[ \t]*==")
# Both are read from the end of a text to its beginning: `... or True)`, `... || true`, and a last
# value that nothing returns: `{ true }`, `= true; end`.
_OR_TRUE = re.compile(r"[\s)]*+(?:eurT[ \t]++ro\b|eurt[ \t]*+\|\|)")
_LAST_VALUE = re.compile(r"[\s;}]*+(?:\bdne\b[\s;}]*+)?eurt[ \t]*+(?:>?=|[{;\n])")


def count_always_equal(bare: str) -> Counter[str]:
    """In a text without comments and strings, as written."""
    places = [(match.start(), match[0]) for match in _COMPARISON.finditer(bare)]
    if not places:
        return Counter()
    returned = _Returned(bare)
    spans = find_spans(places, Layout(bare))
    return Counter(
        f"{' '.join(head.split())[:MAX_SHOWN_CHARS]} that is always true"
        for (start, head), span in zip(places, spans, strict=True)
        if returned.is_all_true(start, span.end)
    )


class _Returned:
    """What a text returns. Read once, for bodies may lie within bodies, thousands of them."""

    def __init__(self, bare: str) -> None:
        self._bare = bare
        self._or_true = _Endings(bare, _OR_TRUE)
        self._last_value = _Endings(bare, _LAST_VALUE)
        self._words = [match.end() for match in _RETURN.finditer(bare)]
        returns = list(_RETURNS.finditer(bare))
        self._starts = [match.start() for match in returns]
        self._ends = [match.end() for match in returns]
        self._untrue = [0, *accumulate(not self._is_true(*match.span(1)) for match in returns)]

    def is_all_true(self, start: int, end: int) -> bool:
        """Of a body, which ends at a line's end: all it returns, or else its last value."""
        first, last = bisect_right(self._ends, start), bisect_left(self._starts, end)
        begun = first < last and self._starts[first] < start
        # A return goes to the end of its statement: of one that began before, the rest is read.
        rest = self._find_word(start, self._ends[first]) if begun else -1
        first += begun
        if rest < 0 and first >= last:
            return self._last_value.find(end) >= start
        if rest >= 0 and not self._is_true(rest, self._ends[first - 1]):
            return False
        return self._untrue[first] == self._untrue[last]

    def _find_word(self, start: int, end: int) -> int:
        """Where the first `return` between these ends; -1 where there is none."""
        nth = bisect_left(self._words, start + len("return"))
        return self._words[nth] if nth < len(self._words) and self._words[nth] <= end else -1

    def _is_true(self, start: int, end: int) -> bool:
        return bool(
            _TRUE.fullmatch(self._bare, start, end)
            or _UNEQUAL_TO_ITSELF.match(self._bare, start, end)
            or self._or_true.find(end) >= start
        )


class _Endings:
    """How the parts of a text end, each end looked at once."""

    def __init__(self, text: str, backwards: re.Pattern[str]) -> None:
        self._reversed = text[::-1]
        self._pattern = backwards
        self._known: dict[int, int] = {}

    def find(self, end: int) -> int:
        """Where what matches just before `end` begins; -1 where nothing does."""
        if end not in self._known:
            size = len(self._reversed)
            match = self._pattern.match(self._reversed, size - end)
            self._known[end] = size - match.end() if match else -1
        return self._known[end]
