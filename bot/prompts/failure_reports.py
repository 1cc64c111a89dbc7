"""A Python failure in a line or two each: what was tested, what came instead.

Small windows have no room for tracebacks, and small models do not read diffs. What is no
traceback stays as it is.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# As `traceback` prints them: https://docs.python.org/3.11/library/traceback.html#traceback-examples
FRAME = re.compile(r'^\s*File "(?P<path>[^"]+)", line \d+(?:, in (?P<where>\S+))?')
# Of unittest (https://docs.python.org/3.11/library/unittest.html) and of pytest's long tracebacks.
HEADER = re.compile(r"^(?:FAIL|ERROR): (?P<test>\w+)(?: \([^)]*\))?(?P<sub> [\[(].*[\])])?")
PYTEST = re.compile(r"^_{3,} (?P<test>\S+) _{3,}$")
OUTCOME = re.compile(r"^(?:[\w.]*(?:Error|Exception|Failure|Interrupt|Exit)|[A-Z]\w+)(?::.*)?$")
NAME = re.compile(r"\w+")
MAX_FAILURES = 4
MAX_LINE_CHARS = 160
"""What of the failures, and of a line of one, a small model still reads."""


@dataclass(slots=True)
class Failure:
    """`test_line` is the test's own line, `code_line` the one that raised."""

    test: str = ""
    test_line: str = ""
    code_line: str = ""
    outcome: str = ""

    @property
    def function(self) -> str:
        """The test function's bare name; empty where the output names none."""
        found = NAME.match(re.split(r"[\[( ]", self.test)[0].rpartition(".")[2])
        return found[0] if found else ""

    def __str__(self) -> str:
        if sentence := explain_assertion(self.test_line, self.outcome):
            text = _truncate(sentence, 2 * MAX_LINE_CHARS)
        else:
            raised = self.code_line and self.code_line != self.test_line
            inside = f" (at `{_truncate(self.code_line)}`)" if raised else ""
            text = f"`{_truncate(self.test_line)}` -> {_truncate(self.outcome)}{inside}"
        return f"{self.test}: {text}".removeprefix(": ")


def summarize_failures(output: str, *, shown: int = MAX_FAILURES) -> str:
    """The first failures in few words; `output` itself where none can be read from it."""
    sentences = list(dict.fromkeys(map(str, read_failures(output))))
    more = [f"and {len(sentences) - shown} more"] if len(sentences) > shown else []
    return "\n".join([*sentences[:shown], *more]) or output


def read_failures(output: str) -> list[Failure]:
    """Every failure that shows both the test's line and its outcome."""
    return [f for f in _parse_failures(output.splitlines()) if f.test_line and f.outcome]


def _parse_failures(lines: Sequence[str]) -> Iterator[Failure]:
    now = Failure()
    for at, line in enumerate(lines):
        if header := HEADER.match(line) or PYTEST.match(line):
            yield now
            sub = header.groupdict().get("sub") or ""
            now = Failure(test=header["test"] + sub)
        elif frame := FRAME.match(line):
            if now.outcome:
                yield now
                now = Failure(test=now.test)
            if not now.test and not now.test_line and frame["where"] != "<module>":
                now.test = frame["where"] or ""
            now.test_line, now.code_line = (
                now.test_line or _source_below(lines, at),
                _source_below(lines, at),
            )
        elif line.startswith("> ") and line.strip("> "):
            now.test_line = line[1:].strip()
        elif line.startswith("E  "):
            now.outcome = now.outcome or line[1:].strip()
        elif now.test_line and OUTCOME.match(line):
            now.outcome = now.outcome or line.strip()
    yield now


def _source_below(lines: Sequence[str], at: int) -> str:
    """The source line a frame shows; none where the next line is no source."""
    line = lines[at + 1] if at + 1 < len(lines) else ""
    return "" if FRAME.match(line) or not line.startswith("    ") else line.strip()


def _truncate(line: str, width: int = MAX_LINE_CHARS) -> str:
    return line if len(line) <= width else f"{line[: width - 3]}..."


EQUAL_METHODS = frozenset({"assertEqual", "assertEquals", "assertListEqual", "assertDictEqual"})
DIFFER = re.compile(r"^(?:\w+ differ: )?(?P<got>.+?) != ")
RAISED = re.compile(r"^(?P<name>\w+) not raised")
ASSERTED = re.compile(r"^(?:AssertionError: )?assert (?P<got>.+?) == ")


def explain_assertion(test_line: str, outcome: str) -> str:
    """One sentence for a test's line and how it ended; empty where no form fits."""
    kind, _, message = outcome.partition(": ")
    node = _parse_statement(test_line)
    if isinstance(node, ast.With) and (raised := RAISED.match(message)):
        return f"{raised['name']} must be raised, but is not"
    if kind not in {"AssertionError", "E", "assert"} and not outcome.startswith("assert "):
        return ""
    match node:
        case ast.Expr(ast.Call(func=ast.Attribute(attr=name), args=[first, second, *_])):
            found = DIFFER.match(message) if name in EQUAL_METHODS else None
            return _compose_sentence(first, found, second)
        case ast.Assert(ast.Compare(left=first, ops=[ast.Eq()], comparators=[second])):
            return _compose_sentence(first, ASSERTED.match(outcome), second)
    return ""


def _compose_sentence(first: ast.expr, found: re.Match[str] | None, second: ast.expr) -> str:
    return (
        f"{ast.unparse(first)} is {found['got']}, but must be {ast.unparse(second)}"
        if found
        else ""
    )


def _parse_statement(line: str) -> ast.stmt | None:
    text = line.strip()
    try:
        body = ast.parse(f"{text} pass" if text.endswith(":") else text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return body[0] if len(body) == 1 else None
