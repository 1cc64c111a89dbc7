"""What of a text is shown at a terminal."""

import pytest

from bot.text.invisible import replace_unprintable


@pytest.mark.parametrize("text", ["\treturn x\n", "a\u00a0b", "\u3000\u5168\u89d2", "é ü\n"])
def test_blanks_of_every_kind_are_shown_as_they_are(text: str) -> None:
    """Go and make indent with tabs; French and Japanese have spaces of their own."""
    assert replace_unprintable(text) == text


@pytest.mark.parametrize("char", ["\x1b", "\x07", "\x9b", "\r", "\b", "\x00", "\u202e", "\u2028"])
def test_what_a_terminal_obeys_is_replaced(char: str) -> None:
    """So that nothing moves the cursor, and no line looks like another."""
    assert replace_unprintable(f"a{char}b") == "a\ufffdb"
