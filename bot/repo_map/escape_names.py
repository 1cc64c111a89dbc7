"""Paths and signatures on one line of text, with nothing hidden in them."""

from bot.text.invisible import has_hidden

FIRST_WIDE_CODE = 0x10000
"""The first character that four hexadecimal digits cannot name."""


def escape_hidden(text: str) -> str:
    """The text with what a person would not see written out: names are untrusted."""
    return text if text.isascii() and text.isprintable() else "".join(map(_escape_char, text))


def _escape_char(char: str) -> str:
    if char.isprintable() and not has_hidden(char):
        return char
    code = ord(char)
    return f"\\u{code:04x}" if code < FIRST_WIDE_CODE else f"\\U{code:08x}"
