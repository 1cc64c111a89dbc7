"""What a page of the plan would not show is refused: no model reads what no reviewer sees."""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from bot.errors import Fault
from bot.plan.markdown import DEEPEST, Document
from bot.text.invisible import hidden

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

MOST_LINES = 20
_MAYBE = re.compile(r"<[!?]")
_LONGEST = 4096  # of a paragraph with `<!` that is read closely; reading takes its square


def unseen_faults(document: Document, content: frozenset[int]) -> Iterator[Fault]:
    """Hidden text, with its lines. `content` are the lines of exact blocks, counted from 0."""
    yield from _characters(document, content)
    for line, text in document.markup:
        if _MAYBE.search(text) and (len(text) > _LONGEST or _has_comment(text)):
            what = "an HTML comment, which a page does not show"
            yield Fault(line + 1, what, "Write it as text, or show it in a fenced block.")
    for line in document.unseen:
        what = "a link definition, which a page does not show"
        yield Fault(line + 1, what, "Write the link where it is used: `[text](address)`.")
    if document.deep is not None:
        what = f"lists or quotations nested deeper than {DEEPEST // 2}"
        yield Fault(document.deep + 1, what, "Write it flatter.")


def _characters(document: Document, content: frozenset[int]) -> Iterator[Fault]:
    first, *rest = document.lines or [""]
    lines = [first.removeprefix("\ufeff"), *rest]
    for count, found in enumerate(hidden(lines, content)):
        if count == MOST_LINES:
            what = "hidden characters in further lines too"
            yield Fault(found.line + 1, what, "Remove them all.")
            return
        escape = "Write an escape instead." if found.line in content else "Remove it."
        yield Fault(found.line + 1, f"hidden characters: {', '.join(found.names[:4])}", escape)


def _has_comment(text: str) -> bool:
    """Whether `text` has a comment, a declaration or a processing instruction outside code."""
    if re.match(r" {0,3}<[!?]", text):
        return True
    tokens = _inline().parseInline(text)[0].children or []
    return any(t.type == "html_inline" and t.content[1] in "!?" for t in tokens)


@cache
def _inline() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415  # 0.1 s, and most commands read no plan

    return MarkdownIt("commonmark").disable(["link", "image", "emphasis", "entity"])
