"""Cutting a plan's Markdown at its headings into sections of spans, each with its line numbers.

Markdown decides what is a heading and what stands inside a fence; bytes come from the text itself.
What a page of the plan would not show is found here too, to be refused: no model reads what no
reviewer sees. Lines count from 0, and those of the front matter count too.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from bot.errors import Fault
from bot.text.commonmark import find_definitions, new_block_parser, read_marks, to_source
from bot.text.invisible import find_hidden
from bot.text.listed import join_first

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token

SectionKind = Literal["intro", "phase", "task"]
SECTION_HEADINGS: dict[tuple[str, str], SectionKind] = {
    ("h2", "Phase"): "phase",
    ("h3", "Task"): "task",
}
# The largest plan, 80 full tasks, has less than half of this; a million parts take a minute.
MAX_PARTS = 6_000
# Each line of a paragraph is tried as the beginning of something else, two or three times over.
MAX_TRIED_LINES = 20_000
# The parser leaves unread what is nested deeper than 20, its `maxNesting` for CommonMark:
# https://github.com/executablebooks/markdown-it-py/blob/master/markdown_it/presets/commonmark.py
MAX_NESTING = 16
MAX_HIDDEN_LINES = 20
_LIKE_COMMENT = re.compile(r"<[!?]")
# Neither form feed nor U+2028, at which str.splitlines() cuts, ends a line of Markdown:
# https://spec.commonmark.org/0.31.2/#line-ending
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_TITLE = re.compile(r"(Phase|Task):(?:\s+(.*))?")
# Up to three blanks before it, and nothing but blanks after it:
# https://spec.commonmark.org/0.31.2/#fenced-code-blocks
_CLOSING = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*[\r\n]*")


@dataclass(frozen=True, slots=True)
class Span:
    """Lines `start` up to `end`. `kind` is Markdown's: paragraph, bullet_list, fence, heading...

    `nested`: a fence inside a list or a quotation. `closed`: it has its closing fence.
    """

    kind: str
    start: int
    end: int
    info: str = ""
    content: str = ""
    nested: bool = False
    closed: bool = True
    items: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """From its heading, whose `title` is what follows `Phase:` or `Task:`, to the next section."""

    kind: SectionKind
    title: str
    start: int
    end: int
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """`unseen`: lines of link definitions, which no rendered page shows.

    `markup`: lines and texts where HTML may stand. `deep`: the line nested too deep to be read.
    """

    lines: Sequence[str]
    sections: tuple[Section, ...]
    unseen: tuple[int, ...] = ()
    markup: tuple[tuple[int, str], ...] = ()
    deep: int | None = None

    def join_lines(self, start: int, end: int) -> str:
        return "".join(self.lines[start:end])


def split_lines(text: str) -> list[str]:
    """Lines with their ends, cut where Markdown cuts: at CRLF, CR and LF and nowhere else."""
    return _LINE.findall(text)


class TooManyPartsError(Exception):
    """Reading stopped at `line`: the text has more of `what` than is read."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(f"{what} before line {line}")
        self.what = what
        self.line = line


def parse_document(text: str, skip: int) -> Document:
    """Read `text` from line `skip` on. Raises TooManyPartsError."""
    lines = split_lines(text)
    env: dict[str, object] = {}
    tokens = _markdown().parse("".join(lines[skip:]), env)
    for token in tokens:
        # A token's `map` is [first line, line after the last], counted from where parsing began.
        # https://markdown-it-py.readthedocs.io/en/latest/api/markdown_it.token.html
        if token.map:
            token.map = [token.map[0] + skip, token.map[1] + skip]
    spans = tuple(_make_spans(tokens, lines))
    deep = (token.map[0] for token in tokens if token.map and token.level >= MAX_NESTING)
    return Document(
        lines,
        tuple(_make_sections(spans, skip, len(lines))),
        tuple(sorted(start + skip for _, start, _ in find_definitions(env))),
        tuple((t.map[0], t.content) for t in tokens if t.map and t.type in _MARKUP),
        next(deep, None),
    )


_MARKUP = ("inline", "html_block")


@cache
def _markdown() -> "MarkdownIt":
    markdown = new_block_parser()
    # Named as an alternative of others, a rule is asked at each of their lines, too:
    # https://markdown-it-py.readthedocs.io/en/latest/architecture.html#rules
    within = ["paragraph", "reference", "blockquote", "list"]
    markdown.block.ruler.before("code", "count", _count_parts, {"alt": within})
    return markdown


def _count_parts(state: "StateBlock", line: int, _end: int, is_within: bool) -> bool:
    """A block rule that never applies: the parser calls it at every part, and it counts them.

    `is_within`: only whether the line would end another part is asked.
    """
    what, most = ("lines", MAX_TRIED_LINES) if is_within else ("parts", MAX_PARTS)
    count = state.env[what] = state.env.get(what, 0) + 1
    if count > most:
        raise TooManyPartsError(TOO_MANY[what], line)
    return False


TOO_MANY = {
    "parts": f"more than {MAX_PARTS} paragraphs, lists and items",
    "lines": f"more lines outside code blocks than are read, about {MAX_TRIED_LINES // 3}",
}


def _make_spans(tokens: Sequence["Token"], lines: Sequence[str]) -> Iterator[Span]:
    for index, token in enumerate(tokens):
        if not token.map:
            continue
        start, end = token.map
        if token.type == "fence":
            closed = _is_closed(token, lines)
            nested = token.level > 0
            yield Span("fence", start, end, token.info.strip(), nested=nested, closed=closed)
        # Text above a line of `---` is a heading as well, which nobody means in a plan:
        # https://spec.commonmark.org/0.31.2/#setext-headings
        elif token.level == 0 and token.type == "heading_open" and token.markup[0] == "#":
            yield Span(token.tag, start, end, content=tokens[index + 1].content)
        elif token.level == 0 and token.type != "inline":
            kind = token.type.removesuffix("_open")
            yield Span(kind, start, end, items=tuple(_find_items(tokens, index)))


def _find_items(tokens: Sequence["Token"], opening: int) -> Iterator[tuple[int, int]]:
    """Lines of each item of the bullet list that opens at `opening`."""
    if tokens[opening].type != "bullet_list_open":
        return
    for token in tokens[opening + 1 :]:
        if token.level == 0:
            return
        if token.level == 1 and token.map and token.type == "list_item_open":
            yield token.map[0], token.map[1]


def _is_closed(token: "Token", lines: Sequence[str]) -> bool:
    # A fence that is never closed goes on to the end of the document:
    # https://spec.commonmark.org/0.31.2/#fenced-code-blocks
    if not token.map or token.level:
        return True
    start, end = token.map
    last = _CLOSING.fullmatch(lines[end - 1]) if end - start > 1 else None
    return bool(last and last[1].startswith(token.markup))


def _make_sections(spans: Sequence[Span], first: int, last: int) -> Iterator[Section]:
    cuts: list[tuple[int, int, SectionKind, str]] = [(0, first, "intro", "")]
    for index, span in enumerate(spans):
        found = _TITLE.fullmatch(span.content)
        if found and (kind := SECTION_HEADINGS.get((span.kind, found[1]))):
            cuts.append((index + 1, span.start, kind, found[2] or ""))
    ends = [(index - 1, start) for index, start, *_ in cuts[1:]] + [(len(spans), last)]
    for (begin, start, kind, title), (stop, end) in zip(cuts, ends, strict=True):
        yield Section(kind, title, start, end, tuple(spans[begin:stop]))


def find_hidden_text(document: Document, content: frozenset[int]) -> Iterator[Fault]:
    """Hidden text, with its lines. `content` are the lines of exact blocks, counted from 0."""
    yield from _find_hidden_characters(document, content)
    for line, text in document.markup:
        if _LIKE_COMMENT.search(text) and _has_comment(text):
            what = "an HTML comment, which a page does not show"
            yield Fault(line + 1, what, "Write it as text, or show it in a fenced block.")
    for line in document.unseen:
        what = "a link definition, which a page does not show"
        yield Fault(line + 1, what, "Write the link where it is used: `[text](address)`.")
    if document.deep is not None:
        what = f"lists or quotations nested deeper than {MAX_NESTING // 2}"
        yield Fault(document.deep + 1, what, "Write it flatter.")


def _find_hidden_characters(document: Document, content: frozenset[int]) -> Iterator[Fault]:
    first, *rest = document.lines or [""]
    # U+FEFF is a byte order mark only at the very beginning: https://www.unicode.org/faq/utf_bom.html
    lines = [first.removeprefix("\ufeff"), *rest]
    for count, found in enumerate(find_hidden(lines, content)):
        if count == MAX_HIDDEN_LINES:
            what = "hidden characters in further lines too"
            yield Fault(found.line + 1, what, "Remove them all.")
            return
        escape = "Write an escape instead." if found.line in content else "Remove it."
        yield Fault(found.line + 1, f"hidden characters: {join_first(found.names, 4)}", escape)


def _has_comment(text: str) -> bool:
    """Whether `text` has a comment, a declaration or a processing instruction outside code."""
    # At its beginning it opens an HTML block, whatever follows:
    # https://spec.commonmark.org/0.31.2/#html-blocks
    if re.match(r" {0,3}<[!?]", text):
        return True
    # Code spans and HTML tags have one precedence, the one that opens first wins, so this needs the
    # parser: https://spec.commonmark.org/0.31.2/#code-spans
    marks = read_marks(to_source(text))
    return any(mark.kind in _HTML and mark.value[1:2] in {"!", "?"} for mark in marks)


_HTML = ("Html", "InlineHtml")
