"""The failing tests as a prompt shows them: whole, in their groups, with what sets them up."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from bot.code import Symbol, language_of, outline_file
from bot.code.suite_blocks import SuiteBlock, find_fixtures, find_suite_blocks
from bot.failures import Failure
from bot.models.token_estimate import estimate_tokens
from bot.prompts.line_spans import split_lines
from bot.prompts.match_failures import find_tests_of
from bot.prompts.text_cases import find_paragraphs

NAME = re.compile(r"[A-Za-z_]\w*[?!]?")
MAX_HELPER_LINES = 40
MAX_HELPERS = 12
HEAD_LINES = 3
"""Of a test too long to show: what stays of its beginning."""
GAP = "...\n"
# https://docs.phpunit.de/en/11.5/writing-tests-for-phpunit.html#data-providers
DATA_SET = re.compile(r" with data set \"([^\"\n]{1,200})\"")
DATA_LINES = 12
"""Lines of a data set that are shown, from the one that names it."""
# https://docs.pytest.org/en/stable/reference/fixtures.html#conftest-py-sharing-fixtures-across-multiple-files
SHARED_FIXTURES = "conftest.py"


@dataclass(slots=True)
class ChosenTests:
    """Tests of one file; `focus` are lines that matter most where they do not fit.

    `data` are lines of the data that they fail with.
    """

    path: str
    text: str
    blocks: tuple[SuiteBlock, ...]
    tests: list[SuiteBlock] = field(default_factory=list)
    focus: set[int] = field(default_factory=set)
    data: set[int] = field(default_factory=set)

    def add(self, tests: Sequence[SuiteBlock], lines: Sequence[int], titles: Sequence[str]) -> None:
        """A test within a test is shown with it; the row of a table that a title names matters."""
        for test in tests:
            outer = self._outermost(test)
            self.tests += [outer] if outer not in self.tests else []
            self.focus |= {test.first, *lines}
            self.focus |= set(self._rows(outer, titles))
        self.data |= set(self._data_sets(titles))

    def _outermost(self, test: SuiteBlock) -> SuiteBlock:
        around = [each for each in self.blocks if each.kind == "test" and _within(test, each)]
        return min(around, key=lambda each: (each.first, -each.last), default=test)

    def _rows(self, test: SuiteBlock, titles: Sequence[str]) -> Iterator[int]:
        # Go writes blanks of a subtest's name as underscores: https://pkg.go.dev/testing
        names = {name for title in titles for name in (title, title.replace("_", " ")) if name}
        for at, line in enumerate(split_lines(self.text)[test.first : test.last], test.first + 1):
            if any(name in line for name in names):
                yield at

    def _data_sets(self, titles: Sequence[str]) -> Iterator[int]:
        """Where a data set stands that PHPUnit names; the tests themselves do not hold it."""
        names = [
            f"{quote}{found[1]}{quote} =>"
            for title in titles
            for found in DATA_SET.finditer(title)
            for quote in "'\""
        ]
        for at, line in enumerate(split_lines(self.text), 1):
            if any(name in line for name in names):
                yield from range(at, at + DATA_LINES)


def _within(inner: SuiteBlock, outer: SuiteBlock) -> bool:
    return outer.first <= inner.first and inner.last <= outer.last


def find_failing_tests(
    files: Sequence[tuple[str, str]], failures: Sequence[Failure], max_tokens: int
) -> list[tuple[str, str]]:
    """(path, text) of the tests that the failures are of, the first failure's file first.

    `files` are (path, text). What is shown of all files together stays within `max_tokens`: tests
    of later failures go first, and a test that is too long alone is shown around its failing line.
    """
    chosen = {path: ChosenTests(path, text, _blocks_of(path, text)) for path, text in files}
    order: dict[str, None] = {}
    for failure in failures:
        for path, own in chosen.items():
            tests, lines = find_tests_of(path, own.blocks, failure)
            if tests:
                own.add(tests, lines, failure.titles[-1:])
                order[path] = None
                break
    shown, left = [], max_tokens
    for path in order:
        text = show_tests(chosen[path], left)
        left -= estimate_tokens(text)
        shown += [(path, text)] if text else []
    words = {word for _, text in shown for word in NAME.findall(text)}
    for path, text in files if shown else ():
        if is_shared(path):
            fixtures = show_fixtures(path, text, words, left)
            left -= estimate_tokens(fixtures)
            shown += [(path, fixtures)] if fixtures else []
    return shown


def is_shared(path: str) -> bool:
    """Whether it holds fixtures for the tests of other files."""
    return path.rpartition("/")[2] == SHARED_FIXTURES


def show_fixtures(path: str, text: str, words: Iterable[str], max_tokens: int) -> str:
    """Of a file of fixtures for other files those that are named, and those that these name."""
    lines = split_lines(text)
    fixtures = find_fixtures(path, text.encode(errors="replace"))
    kept = _named_fixtures(fixtures, set(words), lines)
    return _render(lines, kept) if kept and _size(lines, kept) <= max_tokens else ""


def _blocks_of(path: str, text: str) -> tuple[SuiteBlock, ...]:
    """The tests of code; of a table of cases in a text, its paragraphs."""
    blocks = find_suite_blocks(path, text.encode(errors="replace"))
    return blocks or (() if language_of(path) else tuple(find_paragraphs(text)))


def show_tests(chosen: ChosenTests, max_tokens: int) -> str:
    """As many of the tests as fit, in the order of the file; empty where not one line does."""
    lines = split_lines(chosen.text)
    kept: set[int] = set()
    for number, test in enumerate(chosen.tests):
        whole = set(range(test.first, test.last + 1)) | _context_of(test, chosen, lines)
        if _size(lines, kept | whole) <= max_tokens:
            kept |= whole
        elif not number:
            kept = _shrink(test, chosen, lines, max_tokens)
    data = {line for line in chosen.data if line <= len(lines)}
    if kept and _size(lines, kept | data) <= max_tokens:
        kept |= data
    for extra in islice(_helpers(chosen, lines, kept), MAX_HELPERS) if kept else ():
        if _size(lines, kept | extra) <= max_tokens:
            kept |= extra
    return _render(lines, kept)


def _context_of(test: SuiteBlock, chosen: ChosenTests, lines: Sequence[str]) -> set[int]:
    """The lines that open and close its groups, and what sets it up there."""
    kept: set[int] = set()
    around = [each for each in chosen.blocks if each.kind == "group" and _within(test, each)]
    for group in around:
        opens, closes = lines[group.first - 1], lines[group.last - 1]
        kept |= {group.first, group.last} if _closes(opens, closes) else {group.first}
    setups = [
        each for each in chosen.blocks if each.kind == "setup" and _surrounds(each, test, around)
    ]
    for each in setups:
        kept |= set(range(each.first, each.last + 1))
    return kept | _fixtures_of(test, chosen, lines, around, kept)


def _surrounds(setup: SuiteBlock, test: SuiteBlock, around: Sequence[SuiteBlock]) -> bool:
    holders = [each for each in around if _within(setup, each)]
    return len(setup.groups) == len(holders) and not _within(setup, test)


def _fixtures_of(
    test: SuiteBlock,
    chosen: ChosenTests,
    lines: Sequence[str],
    around: Sequence[SuiteBlock],
    setup_lines: Iterable[int],
) -> set[int]:
    """Fixtures that the test names, and those that these name in turn."""
    fixtures = [
        each for each in chosen.blocks if each.kind == "fixture" and _surrounds(each, test, around)
    ]
    words = set(NAME.findall("".join(lines[test.first - 1 : test.last])))
    words |= {word for at in setup_lines for word in NAME.findall(lines[at - 1])}
    return _named_fixtures(fixtures, words, lines)


def _named_fixtures(
    fixtures: Sequence[SuiteBlock], words: set[str], lines: Sequence[str]
) -> set[int]:
    kept: set[int] = set()
    new = True
    while new:
        used = [each for each in fixtures if each.title in words and each.first not in kept]
        new = bool(used)
        for each in used:
            kept |= set(range(each.first, each.last + 1))
            words |= set(NAME.findall("".join(lines[each.first - 1 : each.last])))
    return kept


def _helpers(chosen: ChosenTests, lines: Sequence[str], kept: set[int]) -> Iterator[set[int]]:
    """Short functions and constants of the file, no tests, that the shown lines name."""
    words = {word for at in kept for word in NAME.findall(lines[at - 1])}
    tests = {
        line
        for each in chosen.blocks
        if each.kind != "group"
        for line in range(each.first, each.last + 1)
    }
    for symbol in _symbols_of(chosen.path, chosen.text):
        span = set(range(symbol.first, symbol.last + 1))
        if symbol.name in words and len(span) <= MAX_HELPER_LINES and not span & (tests | kept):
            yield span


@lru_cache(maxsize=16)
def _symbols_of(path: str, text: str) -> tuple[Symbol, ...]:
    return outline_file(path, text.encode(errors="replace")).symbols


def _closes(opens: str, closes: str) -> bool:
    """Whether a line is nothing but the end of what another opened: of Python none is."""
    margins = [len(line) - len(line.lstrip()) for line in (opens, closes)]
    text = closes.strip()
    return margins[0] == margins[1] and bool(text) and not text.removesuffix("end").strip(")}];")


def _shrink(
    test: SuiteBlock, chosen: ChosenTests, lines: Sequence[str], max_tokens: int
) -> set[int]:
    """The beginning, and as much around the lines that matter as there is room for."""
    span = range(test.first, test.last + 1)
    kept = set(span[:HEAD_LINES])
    focus = [line for line in chosen.focus if line in span and line != test.first] or [test.first]
    by_distance = sorted(span, key=lambda line: (min(abs(line - at) for at in focus), line))
    used = _size(lines, kept)
    for line in by_distance:
        if line in kept:
            continue
        used += estimate_tokens(lines[line - 1]) + 1
        if used > max_tokens:
            break
        kept.add(line)
    return kept if _size(lines, kept) <= max_tokens else set()


def _size(lines: Sequence[str], kept: set[int]) -> int:
    return estimate_tokens(_render(lines, kept))


def _render(lines: Sequence[str], kept: set[int]) -> str:
    """The lines in order, a gap where others stand between."""
    out: list[str] = []
    last = 0
    for line in sorted(kept):
        if out and line != last + 1:
            out.append(GAP if any(each.strip() for each in lines[last : line - 1]) else "\n")
        out.append(lines[line - 1])
        last = line
    return "".join(out)
