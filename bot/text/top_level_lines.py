"""Finding the lines of a comment that its page shows as the commenter's own plain text.

Not what is quoted, code, a list, a table, a heading, emphasised, within a link, or hidden.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.text.commonmark import Mark, read_marks, to_source

# Four columns make code of a line, though not within a paragraph, where it looks like code too.
# https://spec.commonmark.org/0.31.2/#indented-code-blocks
_INDENTED = re.compile(rb" {4}| {0,3}\t")
_COMMENT, _COMMENT_END = "<!--", "-->"
_SET_APART = re.compile(
    r"<(/?)(?:blockquote|code|dd|del|details|dl|dt|kbd|li|ol|pre|q|s|samp|strike|summary|table"
    r"|template|tt|ul)(?=[\s/>])",
    re.IGNORECASE,
)
_BREAKS = frozenset({"SoftBreak", "HardBreak"})


@dataclass(frozen=True, slots=True)
class Line:
    """`text` as it was written. `plain`: without any mark of Markdown; `html`: with a tag."""

    text: str
    plain: bool
    html: bool


@dataclass(slots=True)
class _Depth:
    """How deep in HTML that sets things apart a text is; a comment may be open in a block of it."""

    apart: int = 0

    def count(self, html: str) -> None:
        for tag in _SET_APART.finditer(_drop_comments(html)):
            self.apart = max(0, self.apart - 1) if tag[1] else self.apart + 1


def top_level_lines(body: str) -> Iterator[Line]:
    source = to_source(body)
    depth = _Depth()
    level = 0
    block: list[Mark] = []
    for mark in read_marks(source):
        level -= mark.kind == "End"
        if level == 0 and mark.kind == "End":
            if mark.name == "Paragraph":
                yield from _read_paragraph(source, block, depth)
            elif mark.name == "HtmlBlock":
                depth.count("".join(each.value for each in block if each.kind == "Html"))
        elif level == 0 and mark.kind == "Start":
            block = [mark]
        elif level:
            block.append(mark)
        level += mark.kind == "Start"


def _read_paragraph(source: bytes, marks: Sequence[Mark], depth: _Depth) -> Iterator[Line]:
    level = 0
    for start, end, run in _split_by_line(marks):
        written = source[start:end]
        own = level == 0 and depth.apart == 0 and not _INDENTED.match(written)
        if own and run and run[0].kind == "Text":
            yield _make_line(written.decode(), run)
        for mark in run:
            level += (mark.kind == "Start") - (mark.kind == "End")
            if mark.kind == "InlineHtml":
                depth.count(mark.value)


def _make_line(written: str, run: Sequence[Mark]) -> Line:
    kinds = {mark.kind for mark in run}
    text = written.strip(" \t\n")
    # An entity, or a sign with a backslash before it, reads otherwise than it is written.
    plain = kinds == {"Text"} and "".join(mark.value for mark in run).strip(" \t") == text
    return Line(text, plain, "InlineHtml" in kinds)


def _split_by_line(marks: Sequence[Mark]) -> Iterator[tuple[int, int, list[Mark]]]:
    """The marks of each line of a paragraph, and which part of the source it is."""
    start, end = marks[0].start, marks[0].end
    run: list[Mark] = []
    for mark in marks[1:]:
        if mark.kind in _BREAKS:
            yield start, mark.start, run
            start, run = mark.end, []
        else:
            run.append(mark)
    yield start, end, run


def _drop_comments(html: str) -> str:
    """Without what is within comments, one that never ends included."""
    kept: list[str] = []
    at = 0
    while (start := html.find(_COMMENT, at)) >= 0:
        kept.append(html[at:start])
        end = html.find(_COMMENT_END, start)
        if end < 0:
            return "".join(kept)
        at = end + len(_COMMENT_END)
    return "".join([*kept, html[at:]])
