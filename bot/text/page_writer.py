"""Writes the tags and texts of a page down as plain Markdown, for readers that are no browser."""

import re
from dataclasses import dataclass, field

from bot.text.formulas import drop_unseen_formulas, show_formula
from bot.text.invisible import strip_hidden
from bot.text.name_lists import split_names
from bot.text.page_code import BLANKS, make_code_span, make_link, write_code_block
from bot.text.page_lines import PageLines
from bot.text.visible_html import MATH, NOTE, NOTE_LABEL, NOTE_REFERENCE, Tag

MAX_SMALL_TAGS = 2
"""Each makes its text smaller; what is within more of them nobody can read."""
_SMALL = frozenset({"sub", "sup", "small"})
_MARKS = {"b": "**", "strong": "**", "em": "*", "i": "*", "del": "~~", "s": "~~", "strike": "~~"}
_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}
_BLOCKS = split_names(
    "blockquote caption dd details div dl dt figcaption figure p pre summary table"
) | {*_HEADINGS}
_BOXES = ("[ ] ", "[x] ")
_VOID = frozenset({"br", "hr", "img", "input", "wbr"})
_BLANKS = re.compile(f"[{BLANKS}]+")
FOLDED, FOLDED_END = (
    "(What follows is folded away on the page, up to mark {}.)",
    "(What was folded away ends here: mark {}.)",
)


@dataclass(slots=True)
class _Element:
    """One that has begun. What was added to `texts` since, from `at` on, is what it holds."""

    tag: Tag
    texts: list[str]
    at: int
    holds: bool = False
    number: int = 0
    cells: list[str] = field(default_factory=list)


@dataclass(slots=True)
class PageWriter:
    """Takes each part in order. `notes`: the footnotes that the page shows.

    `mark` stands where a folded part ends: one that the text itself cannot have in it.
    """

    notes: frozenset[str]
    mark: str
    _page: PageLines = field(default_factory=PageLines)
    _texts: list[str] = field(default_factory=list)
    _open: list[_Element] = field(default_factory=list)
    _seen_notes: set[str] = field(default_factory=set)
    _skipped: int = 0
    _small: int = 0
    _cells: int = 0
    _exact: int = 0
    _language: str = ""

    def render(self) -> str:
        self._end_block()
        return self._page.render()

    def add(self, part: Tag | str) -> None:
        if isinstance(part, str):
            self._add_text(part)
        elif part.name in _VOID:
            self._add_void(part)
        elif self._skipped:
            self._skipped += -1 if part.ends else 1
        elif part.ends:
            self._end(self._open.pop())
        else:
            self._begin(part)

    def _add_text(self, text: str) -> None:
        if self._skipped:
            return
        if not self._exact:
            text = _BLANKS.sub(" ", text)
            text = text.lstrip() if not self._texts or self._texts[-1] in _BOXES else text
        self._texts.append(text)

    def _add_void(self, tag: Tag) -> None:
        if self._skipped:
            return
        if tag.name == "hr":
            self._end_block()
            self._texts.append("---")
            self._end_block()
        elif tag.name == "input":
            self._texts.append(_BOXES[bool(tag.about)])
        elif tag.name != "wbr":
            self._texts.append("![]" if tag.name == "img" else "\n")

    def _begin(self, tag: Tag) -> None:
        name = tag.name
        if (name in _SMALL and self._small >= MAX_SMALL_TAGS) or not self._is_shown(tag):
            self._skipped = 1
            return
        self._small += name in _SMALL
        self._exact += name in {"pre", "code"} or MATH in tag.about
        if name == "code":
            self._language = next(iter(tag.about), "")
        if name in _BLOCKS:
            self._end_block()
        element = _Element(tag, self._texts, len(self._texts))
        if name == "li":
            self._begin_item(element)
        elif name == "blockquote":
            self._hold(element, "> ", "> ")
        elif NOTE in tag.about:
            self._hold(element, "", "    ")
        elif name in {"td", "th"}:
            self._cells += 1
            self._texts = element.texts = []
            element.at = 0
        else:
            self._begin_text(tag)
        self._open.append(element)

    def _begin_text(self, tag: Tag) -> None:
        name = tag.name
        if name == "details" and not tag.about:
            self._texts.append(FOLDED.format(self.mark))
            self._end_block()
        elif name in _HEADINGS:
            self._texts.append(_HEADINGS[name])
        elif name in {"sub", "sup"} and not tag.about:
            self._texts.append(f"<{name}>")

    def _is_shown(self, tag: Tag) -> bool:
        """All but a footnote that nothing points at, or the second of its name."""
        if NOTE not in tag.about:
            return True
        (label, *_) = [*(tag.about - {NOTE}), ""]
        if label not in self.notes or label in self._seen_notes:
            return False
        self._seen_notes.add(label)
        return True

    def _begin_item(self, element: _Element) -> None:
        self._end_line()
        of = next((one for one in reversed(self._open) if one.tag.name in {"ol", "ul"}), None)
        mark = "- "
        if of and of.tag.name == "ol":
            of.number += 1
            mark = f"{of.number}. "
        self._hold(element, mark, " " * len(mark))

    def _hold(self, element: _Element, first: str, rest: str) -> None:
        element.holds = not self._cells and self._page.enter(first, rest)

    def _end(self, element: _Element) -> None:
        name, about = element.tag.name, element.tag.about
        self._small -= name in _SMALL
        self._exact -= name in {"pre", "code"} or MATH in about
        if name == "pre":
            self._end_code_block()
        elif name == "li":
            self._end_line()
        elif name in {"td", "th"}:
            self._end_cell()
        elif name == "tr":
            self._end_row(element)
        elif name == "details" and not about:
            self._end_block()
            self._texts.append(FOLDED_END.format(self.mark))
            self._end_block()
        elif name in _BLOCKS:
            self._end_block()
        elif element.texts is self._texts:
            self._end_inline(element)
        if element.holds:
            self._page.leave()

    def _end_inline(self, element: _Element) -> None:
        name, about = element.tag.name, element.tag.about
        held = "".join(self._texts[element.at :])
        if name == "code" and not self._exact:
            self._language = ""  # of this span, not of the block that comes next
            held = make_code_span(strip_hidden(held, content=True))
        elif MATH in about:
            held = show_formula(held)
        elif NOTE_REFERENCE in about:
            held = f"[^{held.strip()}]"
        elif NOTE_LABEL in about:
            self._page.begin_with(f"[^{held.strip()}]: ")
            held = ""
        elif name in {"sub", "sup"}:
            held = f"{held}</{name}>"
        elif name == "a":
            held = make_link(held, next(iter(about), ""))
        elif name in _MARKS and held.strip():
            held = f"{_MARKS[name]}{held}{_MARKS[name]}"
        self._texts[element.at :] = [held]

    def _end_code_block(self) -> None:
        if self._cells:
            return
        code, self._texts = "".join(self._texts), []
        self._page.put(write_code_block(code, self._language))
        self._language = ""
        self._end_block()

    def _end_cell(self) -> None:
        text = " ".join("".join(self._texts).split()).replace("|", "\\|")
        self._cells -= 1
        row = next((one for one in reversed(self._open) if one.tag.name == "tr"), None)
        self._texts = row.texts if row else []
        if row:
            row.cells.append(drop_unseen_formulas(strip_hidden(text)))

    def _end_row(self, element: _Element) -> None:
        if self._cells:
            self._texts.append(" ".join(element.cells))
            return
        table = next((one for one in reversed(self._open) if one.tag.name == "table"), None)
        rows = [f"| {' | '.join(element.cells)} |"]
        if table and not table.number:
            rows.append(f"|{'---|' * len(element.cells)}")
        if table:
            table.number += 1
        self._texts = []
        self._page.put(rows)

    def _end_block(self) -> None:
        if self._cells:
            self._texts.append(" ")
            return
        self._end_line()
        self._page.leave_gap()

    def _end_line(self) -> None:
        """Write down what was collected, as lines of their own."""
        if self._cells or not self._texts:
            return
        text = drop_unseen_formulas(strip_hidden("".join(self._texts)))
        self._texts = []
        lines = [line.strip() for line in text.split("\n")]
        self._page.put([line for line in lines if line])
