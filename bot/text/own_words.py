"""The prose of a comment that is its writer's own: nothing quoted, no code, nothing hidden."""

from collections.abc import Iterator

from bot.text.commonmark import Mark, read_marks, to_source

CODE = "`...`"
"""Stands for a code span: what is in it are not the writer's words."""
_TEXTS = frozenset({"Paragraph", "Heading", "Item", "TableCell"})
_APART = frozenset({"Link", "Image", "CodeBlock", "HtmlBlock", "FootnoteDefinition"})


def own_words(body: str) -> tuple[str, ...]:
    """Each paragraph, item, heading and cell, in order; those with no words are left out."""
    found: list[str] = []
    words: list[str] = []
    apart = 0
    for mark in _read_own(body):
        if mark.name in _TEXTS:
            # An item of a tight list has its words without a paragraph around them.
            found.append("".join(words).strip())
            words = []
        elif mark.name in _APART:
            apart += 1 if mark.kind == "Start" else -1
        elif not apart:
            words.append(_read_words(mark))
    return tuple(text for text in (*found, "".join(words).strip()) if text)


def has_own_code(body: str) -> bool:
    """Whether there is a fenced block in it that is not quoted."""
    fenced = False
    for mark in _read_own(body):
        if mark.name == "CodeBlock":
            fenced = mark.kind == "Start" and mark.value != "Indented"
        elif fenced and mark.kind == "Text" and mark.value.strip():
            return True
    return False


def _read_own(body: str) -> Iterator[Mark]:
    """All but what is quoted."""
    quoted = 0
    for mark in read_marks(to_source(body)):
        if mark.name == "BlockQuote":
            quoted += 1 if mark.kind == "Start" else -1
        elif not quoted:
            yield mark


def _read_words(mark: Mark) -> str:
    if mark.kind in {"SoftBreak", "HardBreak"}:
        return "\n"
    if mark.kind == "Code":
        return CODE
    return mark.value if mark.kind == "Text" else ""
