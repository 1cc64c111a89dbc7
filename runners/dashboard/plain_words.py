"""Anybody's words as one printable, bounded line: titles, names, and why something is blocked."""

import re

from bot.text.invisible import make_printable, strip_hidden

MAX_LINE = 120
MAX_CAUSE = 200
_LOOKED_AT = 4000
"""Characters: a title may have 64 kB."""
_FENCE = re.compile(r"^\s*(?:`{3,}|~{3,}).*$", re.MULTILINE)
_MARKS = re.compile(r"\*\*|^[>#\-\s]+", re.MULTILINE)
# Accents that stand over a letter; a thousand of them would stand over other lines.
_MORE_ACCENTS = re.compile(
    "([\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{2})[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)
# A sentence ends with a mark and a blank; "job.md" and "0.5" go on.
_END = re.compile(r"(?<=[.!?])\s")


def show_line(text: str, most: int = MAX_LINE) -> str:
    """Nothing in it is hidden, moves a cursor, or stands over other lines."""
    clean = " ".join(strip_hidden(text[:_LOOKED_AT]).split())
    return make_printable(_MORE_ACCENTS.sub(r"\1", clean), most)


def find_cause(markdown: str) -> str:
    """The first sentence of a reason; what stands in a block of code follows it, where it fits."""
    head, *rest = [part for part in _FENCE.split(markdown[:_LOOKED_AT]) if part.strip()] or [""]
    line = show_line(_MARKS.sub("", head), _LOOKED_AT)
    sentence = _END.split(line, maxsplit=1)[0]
    if rest and sentence.endswith(":"):
        first = next(filter(str.strip, rest[0].splitlines()), "")
        sentence = f"{sentence} {show_line(first)}"
    return show_line(sentence, MAX_CAUSE)
