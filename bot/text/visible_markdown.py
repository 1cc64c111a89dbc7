"""Removing from Markdown what its page does not show: comments, attributes, hidden characters.

Also names of tags no page has, words of pictures, titles of links, notes that nothing points at.
Where Markdown is ambiguous, more is taken out: hidden text may hold instructions to a model.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from bot.text.commonmark import find_definitions, new_block_parser
from bot.text.invisible import strip_hidden
from bot.text.visible_inline import InlineText

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

Kind = Literal["table", "fence", "code", "prose", "quoted", "markup", "definition"]
_KINDS: dict[str, Kind] = {
    "table_open": "table",
    "fence": "fence",
    "code_block": "code",
    "html_block": "markup",
    "inline": "prose",
}
_OPENING = re.compile(r"(.*?(?:`{3,}|~{3,})[ \t]*[\w+#.-]{0,30}).*", re.DOTALL)
# GitHub leaves out a footnote that nothing points at:
# https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#footnotes
_NOTE = re.compile(r"[\s>\-*+.)0-9]*\[\^([^\]\[\s]+)\]:")
_CELL = re.compile(r"(?:\\.|[^\\|])*\|?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Lines that are one thing to Markdown. `quoted`: prose whose lines have marks of their own.

    `note` is the label of the footnote that they define.
    """

    kind: Kind
    lines: tuple[str, ...]
    note: str = ""


def visible_markdown(text: str) -> str:
    """Code in fences and in spans stays as it is, but for hidden characters."""
    env: dict[str, object] = {}
    kept: list[tuple[str, str]] = []
    pointed: set[str] = set()
    swallowing = False
    for piece in _split_at_notes(_split_pieces(text.split("\n"), env)):
        shown = "\n".join(piece.lines)
        if swallowing:  # a comment that raw HTML left open goes on over whatever follows
            swallowing = piece.kind != "markup" or "-->" not in shown
            shown = "" if swallowing else shown.partition("-->")[2]
        if piece.kind == "definition" or (swallowing and not shown):
            continue
        code = piece.kind in {"code", "fence"}
        if not code:
            raw, plain = piece.kind == "markup", piece.kind == "prose"
            inline = InlineText(shown, raw=raw, plain=plain, labels=bool(env.get("references")))
            shown, swallowing = inline.render_visible(), inline.open
            pointed |= set() if piece.note else inline.notes
        kept.append((piece.note, strip_hidden(shown, content=code)))
    return "\n".join(shown for note, shown in kept if not note or note in pointed)


def _split_at_notes(pieces: Iterator[_Piece]) -> Iterator[_Piece]:
    """The pieces parted where footnotes begin; what is indented below one is its own."""
    note = ""
    for piece in pieces:
        if not all(line[:4].isspace() or not line.strip() for line in piece.lines):
            note = ""
        if piece.kind not in {"prose", "quoted"}:
            yield _Piece(piece.kind, piece.lines, note)
            continue
        starts = [n for n, line in enumerate(piece.lines) if _NOTE.match(line)]
        for start, end in zip([0, *starts], [*starts, len(piece.lines)], strict=True):
            lines = piece.lines[start:end]
            if lines:
                found = _NOTE.match(lines[0])
                note = found[1].casefold() if found else note
                yield _Piece(piece.kind, lines, note)


def _split_pieces(lines: list[str], env: dict[str, object]) -> Iterator[_Piece]:
    """All lines in order; those that Markdown left unread are taken for markup."""
    at = 0
    tokens = _markdown().parse("\n".join(lines), env)
    found: list[tuple[int, bool, int, Kind]] = [
        (t.map[0], t.type != "table_open", t.map[1], _KINDS[t.type])
        for t in tokens
        if t.map and t.type in _KINDS
    ]
    found += [(start, True, end, "definition") for _, start, end in find_definitions(env)]
    for start, _, end, kind in sorted(found):
        if start < at:
            continue
        yield from (_Piece("markup", (line,)) for line in lines[at:start])
        yield from _cut_block(kind, lines[start:end])
        at = end
    yield from (_Piece("markup", (line,)) for line in lines[at:])


def _cut_block(kind: Kind, lines: list[str]) -> Iterator[_Piece]:
    if kind == "table":
        columns = len(_split_cells(lines[1])[1])
        cut = [*lines[:2], *(_cut_row(line, columns) for line in lines[2:])]
        yield from (piece for line in cut for piece in _cut_block("prose", [line]))
        return
    if kind == "fence":
        opening = _OPENING.fullmatch(lines[0])
        lines = [opening[1] if opening else lines[0], *lines[1:]]
    quoted = kind == "prose" and any(line.lstrip(" \t-*+.)0123456789")[:1] == ">" for line in lines)
    yield _Piece("quoted" if quoted else kind, tuple(lines))


def _cut_row(line: str, columns: int) -> str:
    """A table's row without cells beyond its columns, which no page shows."""
    before, cells = _split_cells(line)
    # "The excess is ignored": https://github.github.com/gfm/#tables-extension-
    return line if len(cells) <= columns else before + "".join(cells[:columns])


def _split_cells(line: str) -> tuple[str, list[str]]:
    """What stands before the first cell, and each cell with the bar after it."""
    before = re.match(r"[ \t>]*\|?", line)
    start = before.end() if before else 0
    return line[:start], [cell for cell in _CELL.findall(line[start:]) if cell.strip()]


@cache
def _markdown() -> "MarkdownIt":
    return new_block_parser("table")
