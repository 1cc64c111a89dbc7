"""A Python failure in a line or two each: what was asked, what came instead.

Small windows have no room for tracebacks. What is no traceback stays as it is.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.prompts.assertions import in_words

FRAME = re.compile(r'^\s*File "(?P<path>[^"]+)", line \d+(?:, in (?P<where>\S+))?')
HEADER = re.compile(r"^(?:FAIL|ERROR): (?P<test>\w+)(?: \([^)]*\))?(?P<sub> [\[(].*[\])])?")
PYTEST = re.compile(r"^_{3,} (?P<test>\S+) _{3,}$")
WRONG = re.compile(r"^(?:[\w.]*(?:Error|Exception|Failure|Interrupt|Exit)|[A-Z]\w+)(?::.*)?$")
NAME = re.compile(r"\w+")
SHOWN = 4
WIDTH = 160
"""Failures, and characters of a line of one, that a small model still reads."""


@dataclass(slots=True)
class Failure:
    """`asked` is the test's own line, `broke` the line of the code that raised."""

    test: str = ""
    asked: str = ""
    broke: str = ""
    wrong: str = ""

    @property
    def function(self) -> str:
        """The test function's bare name; empty where the output names none."""
        found = NAME.match(re.split(r"[\[( ]", self.test)[0].rpartition(".")[2])
        return found[0] if found else ""

    def __str__(self) -> str:
        if said := in_words(self.asked, self.wrong):
            return f"{self.test}: {_cut(said, 2 * WIDTH)}".removeprefix(": ")
        inside = f" (at `{_cut(self.broke)}`)" if self.broke and self.broke != self.asked else ""
        return f"{self.test}: `{_cut(self.asked)}` -> {_cut(self.wrong)}{inside}".removeprefix(": ")


def brief(output: str, *, shown: int = SHOWN) -> str:
    """The first failures in few words; `output` itself where none can be read from it."""
    told = list(dict.fromkeys(map(str, failures(output))))
    more = [f"and {len(told) - shown} more"] if len(told) > shown else []
    return "\n".join([*told[:shown], *more]) or output


def failures(output: str) -> list[Failure]:
    """Every failure of which it can be read what was asked and what came instead."""
    return [f for f in _failures(output.splitlines()) if f.asked and f.wrong]


def _failures(lines: Sequence[str]) -> Iterator[Failure]:
    now = Failure()
    for at, line in enumerate(lines):
        if header := HEADER.match(line) or PYTEST.match(line):
            yield now
            sub = header.groupdict().get("sub") or ""
            now = Failure(test=header["test"] + sub)
        elif frame := FRAME.match(line):
            if now.wrong:
                yield now
                now = Failure(test=now.test)
            if not now.test and not now.asked and frame["where"] != "<module>":
                now.test = frame["where"] or ""
            now.asked, now.broke = now.asked or _below(lines, at), _below(lines, at)
        elif line.startswith("> ") and line.strip("> "):
            now.asked = line[1:].strip()
        elif line.startswith("E  "):
            now.wrong = now.wrong or line[1:].strip()
        elif now.asked and WRONG.match(line):
            now.wrong = now.wrong or line.strip()
    yield now


def _below(lines: Sequence[str], at: int) -> str:
    """The source line a frame shows; none where the next line is no source."""
    line = lines[at + 1] if at + 1 < len(lines) else ""
    return "" if FRAME.match(line) or not line.startswith("    ") else line.strip()


def _cut(line: str, width: int = WIDTH) -> str:
    return line if len(line) <= width else f"{line[: width - 3]}..."
