"""The prose of a comment that is its writer's own: nothing quoted, no code, nothing hidden."""

from functools import cache
from typing import TYPE_CHECKING

from bot.text.commonmark import new_block_parser, new_inline_parser

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

CODE = "`...`"
"""Stands for a code span: what is in it are not the writer's words."""


def own_words(body: str) -> tuple[str, ...]:
    """Each paragraph, item, heading and cell, in order; those with no words are left out."""
    quoted = 0
    found: list[str] = []
    for token in _blocks().parse(body.replace("\r\n", "\n").replace("\r", "\n")):
        if token.type in {"blockquote_open", "blockquote_close"}:
            quoted += token.nesting
        elif token.type == "inline" and not quoted:
            found.append(_read_inline(token.content))
    return tuple(text for text in found if text.strip())


def has_own_code(body: str) -> bool:
    """Whether there is a fenced block in it that is not quoted."""
    quoted = 0
    for token in _blocks().parse(body.replace("\r\n", "\n").replace("\r", "\n")):
        if token.type in {"blockquote_open", "blockquote_close"}:
            quoted += token.nesting
        elif token.type == "fence" and not quoted and token.content.strip():
            return True
    return False


def _read_inline(text: str) -> str:
    tokens: list[Token] = []
    parser = _inline()
    parser.inline.parse(text, parser, {}, tokens)
    linked = 0
    kept: list[str] = []
    for token in tokens:
        if token.type in {"link_open", "link_close"}:
            linked += token.nesting
        elif token.type in {"softbreak", "hardbreak"}:
            kept.append("\n")
        elif token.type == "code_inline":
            kept.append(CODE)
        elif token.type == "text" and not linked:
            kept.append(token.content)
    return "".join(kept).strip()


@cache
def _blocks() -> "MarkdownIt":
    return new_block_parser("table", "strikethrough")


@cache
def _inline() -> "MarkdownIt":
    return new_inline_parser()
