"""Correcting a whole quotation: line numbers copied along, HTML entities, curly quotes."""

import re
from collections.abc import Sequence
from dataclasses import replace

from runners.edits.model import Hunk, Tagged, common_prefix_length

# `cat -n` writes a number and a tab (https://man7.org/linux/man-pages/man1/cat.1.html); the file
# viewers of agents have an arrow, a colon or a bar.
LINE_NUMBER = re.compile(r"^ *(\d+) *([|:│→\t])")
# Those that escaping makes, with both ways to write the apostrophe (Python's is &#x27;):
# https://docs.python.org/3.11/library/html.html#html.escape
ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#39|#x27|apos);")
ENTITY_CHARACTERS = {
    "lt": "<",
    "gt": ">",
    "amp": "&",
    "quot": '"',
    "#39": "'",
    "#x27": "'",
    "apos": "'",
}
TYPOGRAPHIC_TO_ASCII = str.maketrans(
    "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u2010\u2011\u2012\u2013\u2014\u2212\u00a0\u202f\u2009",
    "''''\"\"\"------   ",
)
CURLY_QUOTES = frozenset("\u2018\u2019\u201c\u201d")


def strip_line_numbers(texts: list[str]) -> list[str] | None:
    """The texts without the line numbers all of them carry, consecutively; else None."""
    found = [LINE_NUMBER.match(text) for text in texts]
    if not texts or not all(found):
        return None
    marks = [mark for mark in found if mark]
    numbers = [int(mark[1][:9]) for mark in marks]
    # Any other sequence of numbers may be data.
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return None
    return [text[mark.end() :] for text, mark in zip(texts, marks, strict=True)]


def strip_number_padding(texts: list[str]) -> list[str]:
    """Without the one blank that follows the number, if every line has it."""
    if all(text.startswith(" ") for text in texts if text.strip()):
        return [text.removeprefix(" ") for text in texts]
    return texts


def without_numbers(hunk: Hunk) -> Hunk | None:
    old = None if hunk.is_diff else strip_line_numbers(hunk.old)
    if old is None:
        return None
    new = strip_line_numbers(hunk.new) if hunk.new else []
    if new is None:
        if any(LINE_NUMBER.match(text) for text in hunk.new):
            return None
        old, new = strip_number_padding(old), hunk.new
    elif "\t" not in {mark[2] for text in hunk.old if (mark := LINE_NUMBER.match(text))}:
        both = strip_number_padding([*old, *new])
        old, new = both[: len(old)], both[len(old) :]
    tagged: list[Tagged] = [("-", text) for text in old]
    return hunk.with_lines(tagged + [("+", text) for text in new])


def unescape_text(text: str) -> str:
    return ENTITY.sub(lambda found: ENTITY_CHARACTERS[found[0][1:-1]], text)


def without_entities(hunk: Hunk) -> Hunk | None:
    if not any(ENTITY.search(text) for text in hunk.old):
        return None
    return unescape_hunk(hunk)


def unescape_hunk(hunk: Hunk) -> Hunk:
    return hunk.with_lines([(tag, unescape_text(text)) for tag, text in hunk.lines])


def straighten_typography(text: str) -> str:
    """Typographic quotes, dashes and blanks as ASCII has them; the length stays."""
    return text.translate(TYPOGRAPHIC_TO_ASCII)


def restyle_hunk(hunk: Hunk, file_lines: Sequence[str], bodies: Sequence[str]) -> Hunk | None:
    """The hunk with new lines in the file's typography, where the quotation's differs from it.

    Unchanged stretches of a changed line keep the file's characters. None where it cannot be told
    which of them are meant.
    """
    table = _straightening_table(hunk, file_lines)
    if any(chr(code) in text for text in hunk.new for code in table) and any(
        chr(code) in body for body in bodies for code in table
    ):
        return None
    lines: list[Tagged] = []
    seen = 0
    at = 0
    while at < len(hunk.lines):
        tag, text = hunk.lines[at]
        if tag == " ":
            lines.append((tag, text))
            seen, at = seen + 1, at + 1
            continue
        past = at
        while past < len(hunk.lines) and hunk.lines[past][0] != " ":
            past += 1
        run = hunk.lines[at:past]
        removed = [t for g, t in run if g == "-"]
        added = [t.translate(table) for g, t in run if g == "+"]
        replaced_lines = file_lines[seen : seen + len(removed)]
        fitted = _fit_lines([t.translate(table) for t in removed], added, replaced_lines)
        if fitted is None:
            return None
        lines += [("-", t) for t in removed] + [("+", t) for t in fitted]
        seen, at = seen + len(removed), past
    return replace(hunk, lines=tuple(lines))


def _straightening_table(hunk: Hunk, file_lines: Sequence[str]) -> dict[int, str]:
    """What to undo in the new lines: characters the quotation has where the file has plain ones."""
    quoted_characters = {
        quoted
        for text, body in zip(hunk.old, file_lines, strict=True)
        for quoted, plain in _differing_characters(text, body)
        if quoted != straighten_typography(quoted) and plain == straighten_typography(plain)
    }
    if quoted_characters & CURLY_QUOTES:
        quoted_characters |= CURLY_QUOTES
    return {ord(character): straighten_typography(character) for character in quoted_characters}


def _differing_characters(first: str, second: str) -> list[tuple[str, str]]:
    return [(a, b) for a, b in zip(first, second, strict=False) if a != b]


def _fit_lines(removed: list[str], added: list[str], file_lines: Sequence[str]) -> list[str] | None:
    if all(g.rstrip() == h.rstrip() for g, h in zip(removed, file_lines, strict=True)):
        return added
    if not added:
        return []
    if len(removed) != len(added):
        return None
    fitted = []
    for texts in zip(removed, added, file_lines, strict=True):
        quoted, wanted, body = (text.rstrip() for text in texts)
        head = common_prefix_length(quoted, wanted)
        tail = common_prefix_length(quoted[head:][::-1], wanted[head:][::-1])
        fitted.append(body[:head] + wanted[head : len(wanted) - tail] + body[len(quoted) - tail :])
    return fitted


def clean_body(body: list[str], before: list[str]) -> list[str]:
    """Without line numbers copied along, and blank lines at the edges the file never had."""
    unnumbered = strip_line_numbers(body)
    if unnumbered and _are_lines_of_file(unnumbered, before) and not strip_line_numbers(before[:3]):
        body = (
            unnumbered
            if "\t" in body[0].split(unnumbered[0])[0]
            else strip_number_padding(unnumbered)
        )
    while body and not body[0].strip() and not (before and not before[0].strip()):
        body = body[1:]
    while count_blank_tail(body) > count_blank_tail(before):
        body = body[:-1]
    return body


def _are_lines_of_file(unnumbered: list[str], before: list[str]) -> bool:
    """Whether the file has such lines: in a new one the numbers may be its first column."""
    known = {line.strip() for line in before} - {""}
    return len(unnumbered) > 2 and any(line.strip() in known for line in unnumbered)  # noqa: PLR2004


def count_blank_tail(lines: list[str]) -> int:
    return next((i for i, line in enumerate(reversed(lines)) if line.strip()), len(lines))
