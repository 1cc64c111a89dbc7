"""What docs/gpus.md recommends fits, and the arithmetic is that of the cards it cites."""

import re
from pathlib import Path

import pytest

from bot.config.machine import parse_settings
from docs_reference.model_memory import CARD_GIB, FIRST_CARD_GIB, NEXT_CARD_GIB, SHAPES, Shape

GUIDE = (Path(__file__).parents[2] / "docs/gpus.md").read_text()
ROW = re.compile(
    r"^\| (one|both) \| (.+?) \| (\w+) \| (f16|q8_0) \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE
)
ROWS = ROW.findall(GUIDE)


def find_shape(name: str) -> Shape:
    (shape,) = [one for one in SHAPES if name in one.name]
    return shape


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row[:3]))
def test_each_recommendation_fits_its_cards(row: tuple[str, ...]) -> None:
    cards, (_, name, quantisation, kind, size, slots, context) = 1 + (row[0] == "both"), row
    shape = find_shape(name)
    slots_more = (int(slots) - 1) * shape.state_mib / 1024
    total = shape.total_gib(quantisation, int(size), cards, kind) + slots_more  # type: ignore[arg-type]
    assert total <= CARD_GIB * cards
    assert int(context) == int(size) // int(slots) <= shape.native_context


def test_the_table_covers_every_model() -> None:
    assert {find_shape(row[1]).name for row in ROWS} == {shape.name for shape in SHAPES}


def test_the_sum_is_near_what_somebody_measured() -> None:
    """18.42 GiB at 8K and 19.95 GiB at 32K for a 27B of Q4_K_M: the slope is the cache's."""
    shape = find_shape("Qwen 3.6 / 3.8 27B")
    at_8k, at_32k = (shape.total_gib("Q4_K_M", 1024 * k, 1, "f16") for k in (8, 32))
    assert at_32k - at_8k == pytest.approx(19.95 - 18.42, abs=0.05)
    assert at_8k == pytest.approx(18.42, abs=0.7)
    assert at_8k > 18.42, "what is allowed for is at least what was used"


def test_a_longer_context_never_fits_where_a_shorter_one_does_not() -> None:
    for shape in SHAPES:
        longest = shape.longest_context("Q4_K_M", 1)
        if 0 < longest < shape.native_context:
            assert shape.total_gib("Q4_K_M", longest, 1, "f16") <= CARD_GIB
            assert shape.total_gib("Q4_K_M", longest + 4096, 1, "f16") > CARD_GIB
    assert FIRST_CARD_GIB >= NEXT_CARD_GIB


def test_the_guides_settings_are_settings() -> None:
    blocks = re.findall(r"^```toml\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        assert len(parse_settings(block).lanes) == 2
