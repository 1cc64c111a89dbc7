"""Hidden characters: found where a person would not see them, and shown harmlessly."""

import unicodedata

import pytest

from bot.text.invisible import HiddenCharacters, find_hidden, has_hidden, make_printable


def test_every_format_character_of_unicode_is_hidden_text() -> None:
    """Bidi, zero-width, invisible operators, tags: the classes Unicode itself calls unseen."""
    below = [chr(n) for n in range(0x110000) if unicodedata.category(chr(n)) in {"Cc", "Zl", "Zp"}]
    named = [
        chr(n) for n in (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070))
    ]
    tags = [chr(n) for n in range(0xE0000, 0xE0080)]
    seen = [
        f"U+{ord(c):04X}"
        for c in (*below, *named, *tags)
        if c not in "\t\r\n" and not has_hidden(c)
    ]
    assert not seen


@pytest.mark.parametrize(
    "text", ["plain", "ü 漢字 \U0001f600", "⚠\ufe0f", "\u0601", "a\tb\n", "नमस्ते"]
)
def test_what_a_person_sees_is_not_hidden(text: str) -> None:
    """Every script's letters, emoji, tabs and line ends are honest text."""
    assert not has_hidden(text)


def test_lines_are_told_once_with_names() -> None:
    """A line names each of its hidden characters once, in the order met."""
    lines = ["ok\n", "a\u200bb\u200b\u202e\n"]
    names = ("U+200B ZERO WIDTH SPACE", "U+202E RIGHT-TO-LEFT OVERRIDE")
    assert list(find_hidden(lines)) == [HiddenCharacters(1, names)]


def test_file_content_may_join_letters_but_not_turn_them() -> None:
    """Joiners and form feeds occur in honest files; bidi controls would show other code."""
    assert not list(find_hidden(["क्\u200dष\x0c\ufeff\n"], frozenset({0})))
    assert list(find_hidden(["\u202e\n"], frozenset({0})))


def test_shown_is_one_short_plain_line() -> None:
    """Escapes are spelled out, backticks cannot end the quotation, length is bounded."""
    assert make_printable("a\n`b`\x1b\u202e") == "a\\u000a'b'\\u001b\\u202e"
    assert make_printable("x" * 100) == "x" * 57 + "..."
