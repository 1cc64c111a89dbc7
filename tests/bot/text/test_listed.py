"""Of a long list the first are shown, and how many are left out is said."""

import pytest

from bot.text.listed import cut_end, join_first, list_first


@pytest.mark.parametrize(
    ("count", "joined", "listed"),
    [
        (0, "", ""),
        (2, "0, 1", "- 0\n- 1"),
        (3, "0, 1 and 1 more files", "- 0\n- 1\n- and 1 more"),
    ],
)
def test_what_is_left_out_is_counted(count: int, joined: str, listed: str) -> None:
    assert join_first(range(count), 2, str, "files") == joined
    assert list_first(range(count), 2) == listed


def test_a_text_that_is_cut_says_how_much_is_missing() -> None:
    assert cut_end("abcd", 4) == "abcd"
    assert cut_end("abcdef", 4) == "abcd\n[2 more characters are not shown]"
