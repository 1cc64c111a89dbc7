"""Where each test of a file begins and ends, by how its lines are set in."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

_LINE = re.compile(r"[^\n]*\n?")
_BRACKETS = re.compile(r"[()\[\]{}]")
_CLOSERS = re.compile(r"[\s)\]};,]*(?:end\b[\s)\]};,.]*)?$")
# A statement goes on where its next line begins so, as a chain of calls or a condition does.
_CONTINUES = re.compile(r"[ \t]*(?:\.|&&|\|\||==|!=|\?|:(?!:)|\+|\band\b|\bor\b)")
TAB_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class TestSpan:
    """`parent` is the number of the span around it, -1 where there is none."""

    name: str
    start: int
    end: int
    parent: int = -1


class Layout:
    """The lines of a text without comments and strings: how deep each is set in, what is open."""

    def __init__(self, bare_text: str) -> None:
        self.text = bare_text
        lines = [match for match in _LINE.finditer(bare_text) if match[0]]
        self.starts = [match.start() for match in lines] or [0]
        self.indents = [_indent(match[0]) for match in lines] or [-1]
        self.levels = list(_levels(self.indents))
        self._brackets = [match.start() for match in _BRACKETS.finditer(bare_text)]
        self._closings = _match_brackets(bare_text, self._brackets)
        self._open = [
            0,
            *accumulate(1 if bare_text[at] in "([{" else -1 for at in self._brackets),
        ]

    def line_at(self, place: int) -> int:
        return max(0, bisect_right(self.starts, place) - 1)

    def line_end(self, line: int) -> int:
        return self.starts[line + 1] if line + 1 < len(self.starts) else len(self.text)

    def open_before(self, place: int) -> int:
        """How many brackets are open just before this place."""
        return self._open[bisect_right(self._brackets, place - 1)]

    def statement_end(self, place: int) -> int:
        """Where what begins at `place` ends: at a line's end with no bracket of its own open."""
        line, already_open = self.line_at(place), self.open_before(place)
        while line + 1 < len(self.starts):
            end = self.line_end(line)
            if self.open_before(end) <= already_open and not _CONTINUES.match(self.text, end):
                break
            line += 1
        return self.line_end(line)

    def closing_of(self, opening: int) -> int:
        """Where the bracket at `opening` is closed; the end of the text where it is not."""
        return self._closings.get(opening, len(self.text))


def _match_brackets(text: str, brackets: Sequence[int]) -> dict[int, int]:
    opened: list[int] = []
    found: dict[int, int] = {}
    for at in brackets:
        if text[at] in "([{":
            opened.append(at)
        elif opened:
            found[opened.pop()] = at
    return found


def _indent(line: str) -> int:
    """In columns; -1 for a line with nothing on it."""
    text = line.strip()
    return len(line[: line.index(text[0])].expandtabs(TAB_COLUMNS)) if text else -1


def _levels(indents: Sequence[int]) -> Iterator[int]:
    """Of each line, how many lines it is set in below, itself counted."""
    outer: list[int] = []
    for indent in indents:
        if indent >= 0:
            while outer and outer[-1] >= indent:
                outer.pop()
            outer.append(indent)
        yield len(outer)


def find_spans(tests: Sequence[tuple[int, str]], layout: Layout) -> list[TestSpan]:
    """The lines of each test: until one that is set in no deeper, save for closing brackets."""
    ends = _block_ends(layout)
    spans: list[TestSpan] = []
    around: list[int] = []
    for at, name in sorted(tests):
        line = layout.line_at(at)
        start = layout.starts[line]
        while around and spans[around[-1]].end <= start:
            around.pop()
        end = layout.line_end(ends[line])
        spans.append(TestSpan(name, start, end, around[-1] if around else -1))
        around.append(len(spans) - 1)
    return spans


def _block_ends(layout: Layout) -> list[int]:
    """Of each line, the last line that is set in deeper than it, or only closes what it opened."""
    ends = list(range(len(layout.starts)))
    outer: list[int] = []
    last = 0
    for line, indent in enumerate(layout.indents):
        if indent < 0:
            continue
        is_closing = _CLOSERS.match(layout.text[layout.starts[line] : layout.line_end(line)])
        # The rest of a definition's head stands as deep as its beginning: `) -> None:`
        goes_on = layout.open_before(layout.starts[line]) > 0 and _is_head_end(layout, line)
        while outer and layout.indents[outer[-1]] >= indent:
            if layout.indents[outer[-1]] == indent and (is_closing or goes_on):
                break
            ends[outer.pop()] = last
        last = line
        if not outer or layout.indents[outer[-1]] < indent:
            outer.append(line)
    for line in outer:
        ends[line] = last
    return ends


def _is_head_end(layout: Layout, line: int) -> bool:
    return layout.text.startswith((")", "]", "}"), layout.starts[line] + layout.indents[line])


def span_at(spans: Sequence[TestSpan], starts: Sequence[int], place: int) -> int:
    """The number of the innermost span around a place, -1 where there is none."""
    n = bisect_right(starts, place) - 1
    while n >= 0 and spans[n].end <= place:
        n = spans[n].parent
    return n
