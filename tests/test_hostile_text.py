"""Whatever a stranger writes is read in time that follows its length, by every parser there is."""

from pathlib import Path

import pytest
from support.hostile_text import PARSERS, SHAPES, Parser, seconds_of, slowness

ROOT = Path(__file__).parents[1]
LIMIT_SECONDS = 0.2
"""Of processor time, for 64 kB, where nothing else runs; beside others all takes longer."""
MAX_GROWTH = 2.5
"""When the text is doubled. Tried twice over, so that what is measured stands out of the noise."""
TRIES = 5
NOISE_SECONDS = 0.02
"""So little is told apart by chance."""
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


def slow_ones(size: int, limit: float) -> list[str]:
    found = []
    for name, parser in PARSERS.items():
        for shape, make in SHAPES.items():
            text = make(size)
            spent, most = seconds_of(parser, text), limit
            if spent > most:
                spent, most = least_of(parser, text), limit * slowness()
            if spent > most:
                found.append(f"{name}: {shape}: {spent:.2f} s for {len(text)} characters")
    return found


def least_of(parser: Parser, text: str) -> float:
    """Of some tries: whatever else runs only adds to it."""
    return min(seconds_of(parser, text) for _ in range(TRIES))


@pytest.mark.slow
def test_no_shape_takes_squares_of_time() -> None:
    """Of 3 kB each: squares of time that matter at 64 kB show already."""
    assert slow_ones(3_000, 0.08) == []


@pytest.mark.slow
def test_no_shape_of_64_kb_takes_long() -> None:
    assert slow_ones(64_000, LIMIT_SECONDS) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", PARSERS)
def test_twice_as_much_text_takes_about_twice_as_long(name: str) -> None:
    parser, found = PARSERS[name], []
    for shape, make in SHAPES.items():
        one, four = make(16_000), make(64_000)
        first, second = seconds_of(parser, one), seconds_of(parser, four)
        if is_too_much(first, second):
            first, second = least_of(parser, one), least_of(parser, four)
        if is_too_much(first, second):
            found.append(f"{shape}: {first:.3f} s, then {second:.3f} s for four times as much")
    assert found == []


def is_too_much(first: float, second: float) -> bool:
    return second > NOISE_SECONDS and second > MAX_GROWTH**2 * first


@pytest.mark.parametrize("room", ROOMS)
def test_no_module_that_reads_text_is_left_out(room: str) -> None:
    """A new one is added to the parsers, or to what reads nothing."""
    known = {name.split(" ")[0].rpartition(".")[2] for name in PARSERS} | READS_NOTHING
    modules = {
        path.stem for path in (ROOT / room).glob("*.py") if "re.compile(" in path.read_text()
    }
    assert modules - known == set()
