"""Markdown as its page shows it: rendered, sanitised as GitHub does, and written down anew.

What no reader of the page saw is not in it: comments, attributes, definitions, titles and targets
of links, notes that nothing points at, words in elements that browsers do not show, and hidden
characters, written out or as entities. What the page shows as something else is said to be such:
drawings, formulas, and what is folded away.
"""

from bot.text.commonmark import read_marks, render_html, to_source
from bot.text.page_writer import PageWriter
from bot.text.visible_html import name_footnote, read_parts


def visible_markdown(text: str) -> str:
    """Code stays as it is, but for hidden characters and what stands far to the right."""
    writer = PageWriter(_find_shown_notes(text))
    for part in read_parts(render_html(text)):
        writer.add(part)
    return writer.render()


def _find_shown_notes(text: str) -> frozenset[str]:
    """The footnotes that something points at, straight or by another; GitHub leaves out others.

    https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#footnotes
    """
    if "[^" not in text:
        return frozenset()
    pointed: dict[str, set[str]] = {"": set()}
    inside = [""]
    for mark in read_marks(to_source(text)):
        if mark.name == "FootnoteDefinition":
            inside = [*inside, mark.value.casefold()] if mark.kind == "Start" else inside[:-1]
        elif mark.kind == "FootnoteReference":
            pointed.setdefault(inside[-1], set()).add(mark.value.casefold())
    found: set[str] = set()
    new = pointed[""]
    while new:
        found |= new
        new = {label for each in new for label in pointed.get(each, ())} - found
    return frozenset(map(name_footnote, found))
