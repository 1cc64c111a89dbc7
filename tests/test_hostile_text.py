"""Whatever a stranger writes is read in time that follows its length, by every parser there is."""

from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from support.hostile_text import PARSERS, SHAPES, Parser
from support.processor_time import find_growth, require_within

from bot.errors import UserError

ROOT = Path(__file__).parents[1]
LIMIT_SECONDS = 0.2
"""Of processor time, for 64 kB, where nothing else runs; beside others all takes longer."""
# Rooms in which text from outside is read, and modules of theirs that are not tried alone.
ROOMS = ("bot/text", "bot/ticket")
READS_NOTHING = frozenset(
    {
        "ci_findings",  # of a check's name, which is short
        # parts of those that are tried
        *("commonmark", "disguised_secrets", "formulas", "page_code", "page_lines", "page_writer"),
        *("secret_files", "token_shapes", "visible_html"),
    }
)


def find_slow(size: int, seconds: float) -> list[str]:
    found = []
    for name, parser in PARSERS.items():
        for shape, make in SHAPES.items():
            text = make(size)
            try:
                require_within(seconds, partial(parse, parser, text))
            except AssertionError as slow:
                found.append(f"{name}: {shape}: {slow}")
    return found


def parse(parser: Parser, text: str) -> None:
    """A refusal in words is a reading too."""
    with suppress(UserError):
        parser(text)


@pytest.mark.slow
def test_no_shape_takes_squares_of_time() -> None:
    """Of 3 kB each: squares of time that matter at 64 kB show already."""
    assert find_slow(3_000, 0.08) == []


@pytest.mark.slow
def test_no_shape_of_64_kb_takes_long() -> None:
    assert find_slow(64_000, LIMIT_SECONDS) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", PARSERS)
def test_four_times_as_much_text_takes_about_four_times_as_long(name: str) -> None:
    parser, found = PARSERS[name], []
    for shape, make in SHAPES.items():
        one, four = (partial(parse, parser, make(size)) for size in (16_000, 64_000))
        if growth := find_growth(one, four):
            found.append(f"{shape}: {growth}")
    assert found == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_module_that_reads_text_is_left_out(room: str) -> None:
    """A new one is added to the parsers, or to what reads nothing."""
    known = {name.split(" ")[0].rpartition(".")[2] for name in PARSERS} | READS_NOTHING
    modules = {
        path.stem for path in (ROOT / room).glob("*.py") if "re.compile(" in path.read_text()
    }
    assert modules - known == set()
