"""Cases of a test that stand in a text, one a paragraph: a program, its input, what must come.

So the tests of interpreters, query languages and formatters are written, and their runners print
the case's first line or the number of a line.
"""

from collections.abc import Iterator

from bot.code.suite_blocks import SuiteBlock

MAX_LINES = 50_000
MAX_CASE_LINES = 60
MIN_TITLE_CHARACTERS = 3


def find_paragraphs(text: str) -> Iterator[SuiteBlock]:
    """Each paragraph as a test whose title is its first line that is no comment."""
    lines = text.splitlines()[:MAX_LINES]
    first = 0
    for at in range(len(lines) + 1):
        if at < len(lines) and lines[at].strip():
            continue
        if first < at <= first + MAX_CASE_LINES:
            yield from _read_case(lines, first, at)
        first = at + 1


def _read_case(lines: list[str], first: int, end: int) -> Iterator[SuiteBlock]:
    titled = next((n for n in range(first, end) if not lines[n].lstrip().startswith("#")), end)
    if titled < end and len(lines[titled].strip()) >= MIN_TITLE_CHARACTERS:
        yield SuiteBlock("test", lines[titled].strip(), first + 1, end)
