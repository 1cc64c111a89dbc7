"""Markdown as its page shows it: rendered, sanitised as GitHub does, and written down anew.

What no reader of the page saw is not in it: comments, attributes, definitions, titles and targets
of links, notes that nothing points at, words in elements that browsers do not show, and hidden
characters, written out or as entities. What the page shows as something else is said to be such:
drawings, formulas, and what is folded away.
"""

import hashlib
from collections.abc import Sequence

from bot.text.commonmark import MAX_NOTES, read_marks, read_notes, render_html, to_source
from bot.text.invisible import strip_hidden
from bot.text.page_writer import PageWriter
from bot.text.visible_html import name_footnote, read_parts

MARK_CHARACTERS = 12


def visible_markdown(text: str) -> str:
    """Code stays as it is, but for hidden characters and what stands far to the right."""
    # A digest of the text, which no author can write into that same text.
    mark = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:MARK_CHARACTERS]
    writer = PageWriter(_find_shown_notes(text), mark)
    for part in read_parts(render_html(text)):
        writer.add(part)
    return writer.render()


def show_file_text(path: str, text: str) -> str:
    """A file of the repository, for who only reads it: without hidden characters.

    Of Markdown, comments go too, all of their characters but the line ends.
    """
    if path.lower().endswith((".md", ".markdown", ".mdc")) and "<!" in text:
        text = _blank_comments(text)
    return strip_hidden(text, content=True)


def _blank_comments(text: str) -> str:
    source = to_source(text)
    html = {"Html", "InlineHtml"}
    spans = [(mark.start, mark.end) for mark in read_marks(source) if mark.kind in html]
    kept: list[bytes] = []
    at = 0
    for start, end in _join_spans(spans):
        kept += [source[at:start], _blank_in(source[start:end])]
        at = end
    return b"".join([*kept, source[at:]]).decode()


def _join_spans(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The lines of one block are told one by one, and a comment may go over several."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _blank_in(html: bytes) -> bytes:
    kept: list[bytes] = []
    at = 0
    while (start := html.find(b"<!", at)) >= 0:
        closing = b"-->" if html.startswith(b"<!--", start) else b">"
        end = html.find(closing, start)
        end = len(html) if end < 0 else end + len(closing)
        kept += [html[at:start], b"\n" * html.count(b"\n", start, end)]
        at = end
    return b"".join([*kept, html[at:]])


def _find_shown_notes(text: str) -> frozenset[str]:
    """The footnotes that something points at, straight or by another; GitHub leaves out others.

    https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#footnotes
    """
    if not 0 < text.count("[^") <= MAX_NOTES:
        return frozenset()
    pointed: dict[str, set[str]] = {"": set()}
    inside = [""]
    for name, value in read_notes(text):
        if name == "reference":
            pointed.setdefault(inside[-1], set()).add(value.casefold())
        else:
            inside = [*inside, value.casefold()] if name == "begin" else inside[:-1]
    found: set[str] = set()
    new = pointed[""]
    while new:
        found |= new
        new = {label for each in new for label in pointed.get(each, ())} - found
    return frozenset(map(name_footnote, found))
