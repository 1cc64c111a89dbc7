"""Finding and removing characters that a person does not see: control, zero-width, bidi, tags."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_CONTROL = "\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff"
# Bidirectional controls show text in another order than it is read, "Trojan Source":
# https://trojansource.codes/ and https://www.unicode.org/reports/tr9/
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# Fillers, format characters and the tag block, which no font shows and a tokenizer reads, mostly
# the default ignorable ones: https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
_INVISIBLE = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2028\u2029\u200b\u2060-\u2065"
    "\u206a-\u206f\u3164\ufe00-\ufe0d\uffa0\ufff0-\ufffb\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Zero width joiners make emoji of several, and letters of Persian and Indic scripts:
# https://www.unicode.org/reports/tr51/#Emoji_ZWJ_Sequences
_JOINERS = "\u200c\u200d\ufeff"
# One after its character makes an honest emoji; a run of them hides bits.
_SELECTORS = "\ufe0e\ufe0f"

_IN_PROSE = re.compile(
    f"[{_CONTROL}\x0c{_BIDI}{_INVISIBLE}{_JOINERS}]"
    f"|(?:^|(?<=\\s))[{_SELECTORS}]|(?<=[{_SELECTORS}])[{_SELECTORS}]"
)
_SELECTOR = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_IN_CONTENT = re.compile(f"[{_CONTROL}{_BIDI}{_INVISIBLE}]")
# A lone carriage return is a line end to a page: https://spec.commonmark.org/0.31.2/#line-ending
_TO_SHOW = re.compile(f"[{_CONTROL}\x0c\r{_BIDI}{_INVISIBLE}{_JOINERS}{_SELECTORS}]")


@dataclass(frozen=True, slots=True)
class HiddenCharacters:
    """The hidden characters of one line, as `U+200B ZERO WIDTH SPACE`. `line` counts from 0."""

    line: int
    names: tuple[str, ...]


def has_hidden(text: str) -> bool:
    return _IN_PROSE.search(text) is not None


def find_hidden(
    lines: list[str], content: frozenset[int] = frozenset()
) -> Iterator[HiddenCharacters]:
    """Lines with hidden characters.

    `content` are the lines of exact file content, where joiners (which some scripts and emoji
    need) and form feeds are honest.
    """
    for number, line in enumerate(lines):
        pattern = _IN_CONTENT if number in content else _IN_PROSE
        if found := dict.fromkeys(pattern.findall(line)):
            yield HiddenCharacters(number, tuple(map(_name_character, found)))


def make_printable(text: str, max_characters: int = 60) -> str:
    """`text` fit to stand between backticks in a message: one line, nothing hidden in it."""
    cut = text if len(text) <= max_characters else f"{text[: max_characters - 3]}..."
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut).replace("`", "'")


def escape_unprintable(text: str) -> str:
    """On one line, with what is not seen written as in a string of Python, a backslash first."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def strip_hidden(text: str, *, content: bool = False) -> str:
    """`text` without its hidden characters; `content`: it is file content, see `find_hidden`."""
    return (_IN_CONTENT if content else _IN_PROSE).sub("", text)


def strip_unprintable(text: str) -> str:
    """What a program printed, as a terminal shows it: tabs as blanks, and nothing unseen.

    Wider than `strip_hidden`, for output is no prose: all control, format, private and unassigned
    characters go (https://www.unicode.org/reports/tr44/#General_Category_Values), and every
    variation selector.
    """
    if text.isascii() and text.isprintable():
        return text
    kept = strip_hidden(text.replace("\t", "    "))
    if kept.isprintable() and not _SELECTOR.search(kept):
        return kept
    return "".join(c for c in kept if not _is_unprintable(c))


def _is_unprintable(char: str) -> bool:
    selector = "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    return selector or unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn"}


def show_hidden(text: str) -> str:
    """One line with each character that is not seen, or reorders others, as `<U+202E>`."""
    return _TO_SHOW.sub(lambda hit: f"<U+{ord(hit[0]):04X}>", text)


def replace_unprintable(text: str) -> str:
    """What a model or a check wrote, with nothing in it that a terminal obeys.

    Escape sequences move the cursor, set the title, and in some terminals more than that:
    https://man7.org/linux/man-pages/man4/console_codes.4.html
    """
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text  # most texts by far, and many are asked for one page
    return "".join(c if _is_shown(c) else "\N{REPLACEMENT CHARACTER}" for c in text)


def _is_shown(char: str) -> bool:
    # Of all spaces Python calls only the ASCII one printable:
    # https://docs.python.org/3.11/library/stdtypes.html#str.isprintable
    return char.isprintable() or char in "\n\t" or unicodedata.category(char) == "Zs"


def replace_unstorable(text: str) -> str:
    """U+FFFD for NUL, which PostgreSQL refuses in text, and for surrogates, which UTF-8 has not.

    https://www.postgresql.org/docs/current/datatype-character.html
    """
    return _UNSTORABLE.sub("\ufffd", text)


def _name_character(char: str) -> str:
    return f"U+{ord(char):04X} {unicodedata.name(char, '')}".strip()
