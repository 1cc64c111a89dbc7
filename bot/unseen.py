"""A Markdown text without what its page does not show: comments, attributes, hidden characters.

Where Markdown leaves a doubt, more is taken out: text lost is a nuisance, text unseen an attack.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from bot.hidden import without_hidden

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

Kind = Literal["code", "prose", "quoted", "markup", "definition"]
_KINDS: dict[str, Kind] = {
    "fence": "code",
    "code_block": "code",
    "html_block": "markup",
    "inline": "prose",
}
_QUOTE = re.compile(r"[ \t\-*+.)0-9]*>")
_MARKS = re.compile(r"\\.|`+|<(?=[!?/A-Za-z])", re.DOTALL)
_TAG = re.compile(
    r"(</?[A-Za-z][A-Za-z0-9-]*)"
    r"""((?:\s+[A-Za-z_:][\w:.-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?)*)\s*/?>""",
    re.ASCII,
)
_HIDING = {"<!--": "-->", "<?": "?>", "<![CDATA[": "]]>"}


@dataclass(frozen=True, slots=True)
class _Piece:
    """Lines that are one thing to Markdown. `quoted`: prose whose lines have marks of their own."""

    kind: Kind
    lines: tuple[str, ...]


def visible(text: str) -> str:
    """Code in fences and in spans stays as it is, but for hidden characters."""
    kept: list[str] = []
    swallowing = False
    for piece in _pieces(text.split("\n")):
        said = "\n".join(piece.lines)
        if swallowing:  # a comment that raw HTML left open goes on over whatever follows
            swallowing = piece.kind != "markup" or "-->" not in said
            said = "" if swallowing else said.partition("-->")[2]
        if piece.kind == "definition" or (swallowing and not said):
            continue
        if piece.kind != "code":
            said, swallowing = _shown(said, piece.kind)
        kept.append(without_hidden(said, content=piece.kind == "code"))
    return "\n".join(kept)


def _pieces(lines: list[str]) -> Iterator[_Piece]:
    """All lines in order; those that Markdown left unread are taken for markup."""
    env: dict[str, object] = {}
    at = 0
    tokens = _markdown().parse("\n".join(lines), env)
    found: list[tuple[int, int, Kind]] = [
        (t.map[0], t.map[1], _KINDS[t.type]) for t in tokens if t.map and t.type in _KINDS
    ]
    found += [(start, end, "definition") for start, end in _definitions(env)]
    for start, end, kind in sorted(found):
        if start < at:
            continue
        yield from (_Piece("markup", (line,)) for line in lines[at:start])
        own = tuple(lines[start:end])
        quoted = kind == "prose" and any(
            line.lstrip(" \t-*+.)0123456789")[:1] == ">" for line in own
        )
        yield _Piece("quoted" if quoted else kind, own)
        at = end
    yield from (_Piece("markup", (line,)) for line in lines[at:])


def _definitions(env: dict[str, object]) -> list[tuple[int, int]]:
    first = env.get("references", {})
    again = env.get("duplicate_refs", [])
    return [tuple(one["map"]) for one in [*first.values(), *again]]  # type: ignore[attr-defined,misc]


def _shown(text: str, kind: Kind) -> tuple[str, bool]:
    """The text without comments and attributes, and whether a comment stays open at its end."""
    kept, at = [], 0
    while mark := _MARKS.search(text, at):
        kept.append(text[at : mark.start()])
        at = mark.start()
        if text[at] == "<":
            said, at, is_open = _markup(text, at, raw=kind == "markup")
            if is_open:
                return "".join([*kept, said]), True
        else:
            said = _span(text, mark, kind)
            at += len(said)
        kept.append(said)
    return "".join([*kept, text[at:]]), False


def _span(text: str, mark: re.Match[str], kind: Kind) -> str:
    """A code span, where one begins here that cannot be doubted; else the mark alone."""
    run = mark[0]
    if run[0] == "\\":
        return run if kind == "prose" else "\\"
    if kind != "prose":
        return run
    close = re.compile(rf"(?<!`){run}(?!`)").search(text, mark.end())
    span = text[mark.start() : close.end()] if close else run
    return run if "|" in span else span  # a table's cells end a span


def _markup(text: str, at: int, *, raw: bool) -> tuple[str, int, bool]:
    """What is shown of the markup at `at`, where it ends, and whether it never does."""
    for opening, closing in _HIDING.items():
        if text.startswith(opening, at):
            if empty := re.compile(r"<!---?>").match(text, at):
                return "", empty.end(), False
            end = text.find(closing, at + len(opening))
            if end >= 0:
                return "", end + len(closing), False
            return ("", len(text), True) if raw else (opening, at + len(opening), False)
    if tag := _TAG.match(text, at):
        return (f"{tag[1]}>" if tag[2] else tag[0]), tag.end(), False
    declared = re.compile(r"<![A-Za-z][^>]*>").match(text, at)
    return ("", declared.end(), False) if declared else ("<", at + 1, False)


@cache
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415  # 0.1 s, and most commands read no issue

    markdown = MarkdownIt("commonmark")
    markdown.core.ruler.disable("inline")
    return markdown
