"""Finding the lines of a comment that its page shows as the commenter's own plain text.

Not what is quoted, code, a list, a table, a heading, emphasised, within a link, or hidden.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from bot.text.commonmark import find_definitions, new_block_parser

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

# Four columns make code of a line, though not within a paragraph, where it looks like code too.
# https://spec.commonmark.org/0.31.2/#indented-code-blocks
_INDENTED = re.compile(r" {4}| {0,3}\t")
_FOOTNOTE = re.compile(r"\s*\[\^[^\]\s]+\]:")
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_SET_APART = re.compile(
    r"<(/?)(?:blockquote|code|dd|del|details|dl|dt|kbd|li|ol|pre|q|s|samp|strike|summary|table"
    r"|template|tt|ul)(?=[\s/>])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Line:
    """`text` as it was written. `plain`: without any mark of Markdown; `html`: with a tag."""

    text: str
    plain: bool
    html: bool


def top_level_lines(body: str) -> Iterator[Line]:
    env: dict[str, Any] = {}
    apart = 0
    top = False
    tokens = _markdown().parse(body.replace("\r\n", "\n").replace("\r", "\n"), env)
    footnotes = set(_after_footnotes(env))
    for token in tokens:
        if token.type == "html_block" and token.level == 0:
            apart = _count_depth(apart, token.content)
        elif token.type == "inline" and top:
            lines, apart = _read_paragraph(token.content, apart, env)
            yield from () if token.map and token.map[0] in footnotes else lines
        top = token.type == "paragraph_open" and token.level == 0


def _after_footnotes(env: dict[str, Any]) -> Iterator[int]:
    """Where a footnote may go on whose first line this parser takes for the target of a link."""
    yield from (end for label, _, end in find_definitions(env) if label.startswith("^"))


def _read_paragraph(text: str, apart: int, env: dict[str, Any]) -> tuple[list[Line], int]:
    """Its own lines, and how deep in HTML that sets things apart it ends."""
    found: list[Line] = []
    level = 0
    tokens: list[Token] = []
    _markdown().inline.parse(text.replace("\\\n", " \n"), _markdown(), env, tokens)
    for start, end, run in _split_by_line(tokens, len(text)):
        written = text[start:end]
        if _FOOTNOTE.match(written):
            break
        own = level == 0 and apart == 0 and not _INDENTED.match(written)
        if own and run and run[0].type == "text":
            found.append(_make_line(written, run))
        level += sum(token.nesting for token in run)
        for token in run:
            apart = _count_depth(apart, token.content) if token.type == "html_inline" else apart
    return found, apart


def _make_line(written: str, run: Sequence["Token"]) -> Line:
    kinds = {token.type for token in run}
    return Line(written.strip(" \t"), kinds == {"text"}, "html_inline" in kinds)


def _split_by_line(
    tokens: Sequence["Token"], size: int
) -> Iterator[tuple[int, int, list["Token"]]]:
    """The run of tokens of each line, and which part of the text it is."""
    start = 0
    run: list[Token] = []
    for token in tokens:
        if token.type == "softbreak":
            yield start, token.meta["at"], run
            start, run = token.meta["at"] + 1, []
        else:
            run.append(token)
    yield start, size, run


def _count_depth(apart: int, html: str) -> int:
    for tag in _SET_APART.finditer(_HIDDEN.sub("", html)):
        apart = max(0, apart - 1) if tag[1] else apart + 1
    return apart


def _end_of_line(state: "StateInline", silent: bool) -> bool:
    """A softbreak that knows where it stood, which none of the parser's own does."""
    if state.src[state.pos] != "\n":
        return False
    if not silent:
        state.push("softbreak", "br", 0).meta = {"at": state.pos}
    state.pos += 1
    return True


@cache
def _markdown() -> "MarkdownIt":
    markdown = new_block_parser("table", "strikethrough")
    # https://markdown-it-py.readthedocs.io/en/latest/architecture.html#rules
    markdown.inline.ruler.at("newline", _end_of_line)
    return markdown
