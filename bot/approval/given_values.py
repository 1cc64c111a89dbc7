"""What an assertion is about: the lines that gave its names their values, in the test around it."""

import hashlib
import re
from collections.abc import Iterator, Sequence

from bot.approval.test_layout import Layout, TestSpan, span_at

# `x = ...`, `const {x, y} = ...`, `x, err := ...`, `Type x = ...`: names, and one sign of equality.
# Names end in no blank, so that blanks behind them are gone through once.
_ASSIGNS = re.compile(
    r"^[ \t]*([A-Za-z_$][\w$<>\[\],.{}:*&? \t]{0,200}?)(?<![ \t])[ \t]*(?::|\+|-|\|)?=(?![=>~])",
    re.MULTILINE,
)
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_BLANKS = re.compile(r"\s+")
_LAST_COMMA = re.compile(r",([)\]}])")
MAX_NAMES = 200
"""Names of one assertion that are looked up."""


class GivenValues:
    """Says of a place in a file which assignments its names have their values from."""

    def __init__(self, text: str, layout: Layout, spans: Sequence[TestSpan]) -> None:
        self._layout = layout
        self._spans = spans
        self._starts = [span.start for span in spans]
        self._waiting = list(self._read_assignments(text))[::-1]
        self._known: dict[tuple[int, str], tuple[str, str]] = {}
        self.lines_of: dict[str, tuple[str, ...]] = {}
        """By each digest that was given, the lines that it stands for."""

    def _read_assignments(
        self, text: str
    ) -> Iterator[tuple[int, tuple[str, ...], tuple[str, str]]]:
        done = 0
        for match in _ASSIGNS.finditer(self._layout.text):
            if match.start() < done:
                continue
            done = self._end(match.start(1))
            names = tuple(dict.fromkeys(_NAME.findall(match[1])))[:MAX_NAMES]
            said = _BLANKS.sub("", text[match.start(1) : done]).rstrip(";,")
            shown = _BLANKS.sub(" ", text[match.start(1) : done])
            yield match.start(1), names, (_LAST_COMMA.sub(r"\1", said), shown)

    def _end(self, start: int) -> int:
        """Where the assignment ends; a line that ends at its sign goes on in the next."""
        end = self._layout.statement_end(start)
        if self._layout.text[start:end].rstrip()[-1:] == "=" and end < len(self._layout.text):
            return self._layout.statement_end(end)
        return end

    def at(self, start: int, end: int) -> str:
        """A digest of the assignments before `start` to the names in the text up to `end`.

        To be asked from the front of the file to its end.
        """
        while self._waiting and self._waiting[-1][0] < start:
            place, names, said = self._waiting.pop()
            n = span_at(self._spans, self._starts, place)
            for name in names:
                self._known[n, name] = said
        asked = dict.fromkeys(_NAME.findall(self._layout.text[start:end]))
        n = span_at(self._spans, self._starts, start)
        known = (self._known.get((n, name)) for name in list(asked)[:MAX_NAMES])
        given = dict(each for each in known if each)
        if not given:
            return ""
        joined = "\n".join(sorted(given))
        digest = hashlib.sha256(joined.encode(errors="replace")).hexdigest()[:16]
        self.lines_of.setdefault(digest, tuple(given[said] for said in sorted(given)))
        return digest
