"""Tests that a macro or a word at the beginning of a line makes, where no grammar knows them.

GoogleTest, Catch2, Check, Boost, Criterion: a macro with a body in braces; bats and ExUnit: a word
and a title.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

from bot.code.suite_spans import BlockKind, SuiteSpan, span_of_lines

# https://google.github.io/googletest/primer.html https://libcheck.github.io/check/
# https://github.com/catchorg/Catch2/blob/devel/docs/test-cases-and-sections.md
# https://criterion.readthedocs.io/ https://www.boost.org/doc/libs/release/libs/test/
MACRO = re.compile(
    r"^(?P<macro>(?:TYPED_)?TEST(?:_F|_P|_CASE(?:_METHOD|_FIXTURE)?)?|START_TEST|SCENARIO"
    r"|BOOST_(?:AUTO|FIXTURE)_TEST_CASE|Test|ParameterizedTest|Theory)\((?P<arguments>[^\n]*)$"
)
MACRO_END = re.compile(r"^(?:\}|END_TEST\b)")
QUOTED = re.compile(r'^\s*"((?:[^"\\\n]|\\.){0,300})"')
# https://bats-core.readthedocs.io/en/stable/writing-tests.html
BATS = re.compile(r"^@test (?P<title>.+?) \{\s*$")
BATS_SETUP = re.compile(r"^(?P<title>setup|teardown|setup_file)\s*\(\)")
# https://hexdocs.pm/ex_unit/ExUnit.Case.html
ELIXIR = re.compile(
    r"^(?P<indent> *)(?P<word>test|property|describe|setup|setup_all)\b *"
    r"(?P<title>\"[^\"\n]*\")?.*\bdo\s*$"
)


def read_marked_lines(path: str, language: str, body: bytes) -> Iterator[SuiteSpan]:
    lines = body.decode("utf-8", "replace").split("\n")
    if language in {"c", "cpp"}:
        yield from _read_macros(lines)
    elif path.endswith(".bats"):
        yield from _read_bats(lines)
    elif path.endswith((".exs", ".ex")):
        yield from _read_elixir(lines)


def _read_macros(lines: list[str]) -> Iterator[SuiteSpan]:
    ends = _find_ends(lines)
    for at, line in enumerate(lines):
        if found := MACRO.match(line):
            end = _next_end(ends, at + 1, lines)
            last = (
                end + 1
                if lines[end + 1 : end + 2] and lines[end + 1].startswith("END_TEST")
                else end
            )
            yield span_of_lines("test", _macro_title(found["arguments"]), at, last)


def _macro_title(arguments: str) -> str:
    if quoted := QUOTED.match(arguments):
        return quoted[1]
    names = [name.strip() for name in arguments.partition(")")[0].split(",")]
    return names[1] if len(names) > 1 and names[1].isidentifier() else names[0]


def _read_bats(lines: list[str]) -> Iterator[SuiteSpan]:
    ends = _find_ends(lines)
    for at, line in enumerate(lines):
        if found := BATS.match(line):
            end = _next_end(ends, at + 1, lines)
            yield span_of_lines("test", found["title"].strip("\"'"), at, end)
        elif found := BATS_SETUP.match(line):
            yield span_of_lines("setup", found["title"], at, _next_end(ends, at + 1, lines))


def _read_elixir(lines: list[str]) -> Iterator[SuiteSpan]:
    kinds: dict[str, BlockKind] = {"describe": "group", "setup": "setup", "setup_all": "setup"}
    ends: dict[int, list[int]] = {}
    for at, line in enumerate(lines):
        if line.strip() == "end":
            ends.setdefault(len(line) - len(line.lstrip(" ")), []).append(at)
    for places in ends.values():
        places.reverse()
    for at, line in enumerate(lines):
        if found := ELIXIR.match(line):
            places = ends.get(len(found["indent"]), [])
            while places and places[-1] <= at:
                places.pop()
            last = places[-1] if places else at
            title = (found["title"] or found["word"]).strip('"')
            yield span_of_lines(kinds.get(found["word"], "test"), title, at, last)


def _find_ends(lines: list[str]) -> list[int]:
    """Where bodies end, from the first line to the last."""
    return [at for at, line in enumerate(lines) if MACRO_END.match(line)]


def _next_end(ends: list[int], start: int, lines: list[str]) -> int:
    at = bisect_left(ends, start)
    return ends[at] if at < len(ends) else len(lines) - 1
