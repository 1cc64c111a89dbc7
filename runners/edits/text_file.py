"""Reading and writing text as lines that keep their line ends, a BOM and a missing last newline."""

import re
from collections import Counter
from dataclasses import dataclass
from hashlib import sha1

from bot.text.plain_text import is_binary
from runners.edits.model import EditError

BOM = b"\xef\xbb\xbf"
# Fewer than str.splitlines takes: a form feed or U+2028 belongs to the text of a line.
# https://docs.python.org/3.11/library/stdtypes.html#str.splitlines
LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """Compared by identity: two equal lines of a file are still two lines."""

    body: str
    end: str


@dataclass(frozen=True, slots=True)
class Text:
    """`line_end` is what new lines get; `final_newline`: the last line has an end too."""

    lines: tuple[Line, ...] = ()
    bom: bool = False
    line_end: str = "\n"
    final_newline: bool = True

    @property
    def bodies(self) -> list[str]:
        return [line.body for line in self.lines]


def split_lines(text: str) -> list[str]:
    """Lines without ends; a final line end opens no further line."""
    parts = LINE_END.split(text)
    return parts[:-1] if parts[-1] == "" else parts


def usual_line_end(text: str, otherwise: str = "\n") -> str:
    ends = Counter(LINE_END.findall(text))
    return ends.most_common(1)[0][0] if ends else otherwise


def decode_text(data: bytes, path: str) -> str:
    """UTF-8 text without its BOM. Raises `EditError` for anything a text edit could damage."""
    if is_binary(data):
        raise EditError(f"{path} is a binary file", "Text edits cannot change it.")
    try:
        # The codec keeps it as U+FEFF in the first line, which no quotation would then match:
        # https://docs.python.org/3.11/library/codecs.html#encodings-and-unicode
        return data.removeprefix(BOM).decode("utf-8")
    except UnicodeDecodeError as exc:
        raise EditError(
            f"{path} is not UTF-8 (byte {exc.start})", "Text edits cannot change it."
        ) from exc


def load_text(data: bytes | None, path: str, *, end: str = "\n") -> Text:
    """`end` is for a file that has no line end yet."""
    if not data:
        return Text(line_end=end)
    text = decode_text(data, path)
    bodies, ends = LINE_END.split(text), LINE_END.findall(text)
    usual = usual_line_end(text, end)
    closed = bodies[-1] == ""
    if closed:
        bodies.pop()
    else:
        ends.append(usual)
    lines = tuple(Line(b, e) for b, e in zip(bodies, ends, strict=True))
    return Text(lines, data.startswith(BOM), usual, closed)


def blob_id(data: bytes) -> str:
    """The id git gives a file of that content: SHA-1 of `blob SIZE`, a NUL and the bytes.

    https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
    """
    return sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def dump_text(text: Text) -> bytes:
    joined = "".join(line.body + line.end for line in text.lines)
    if not text.final_newline and text.lines:
        # Every line has an end in memory; the last one's is cut where the file had none.
        joined = joined[: -len(text.lines[-1].end)]
    return (BOM if text.bom else b"") + joined.encode("utf-8")
