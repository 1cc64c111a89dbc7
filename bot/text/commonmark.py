"""Constructors of the Markdown parsers, used wherever the program must agree with a rendered page.

CommonMark, https://spec.commonmark.org/0.31.2/; GitHub's dialect adds tables, struck out text and
footnotes: https://github.github.com/gfm/
"""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.text.invisible import replace_unstorable

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

MAX_CELLS = 20_000
"""Of a table whose rows were all of the text: each is filled up, in squares of time."""
MAX_NOTES = 2_000
"""Of a text with more footnotes none is read as one, and so none of their texts is shown."""
# Thirty quotations and lists within each other are read; the marks of what is deeper are left out.
_DEEP = re.compile(
    r"^((?:[ \t]{0,3}(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))){30})[-+*>.) \t\d]+",
    re.MULTILINE,
)
_DELIMITERS = re.compile(r"^[ \t>]*(?=[-:|])[-:| \t]+$", re.MULTILINE)
LINE_END = re.compile(r"\r\n?")
"""What ends a line besides a line feed: https://spec.commonmark.org/0.31.2/#line-ending"""


class Mark(NamedTuple):
    """One event of a parse. `kind`: start or end of something named, text, code, html, ...

    `start` and `end` count bytes of the source.
    """

    kind: str
    name: str
    value: Any
    start: int
    end: int


def read_marks(source: bytes) -> Iterator[Mark]:
    """All of a document, blocks and what is within them, in the order of the source."""
    from pyromark import events_with_range  # noqa: PLC0415  # most commands read no Markdown

    event: Any
    for event, span in events_with_range(source.decode(), options=_extensions()):
        start, end = span["start"], span["end"]
        if isinstance(event, str):
            yield Mark(event, "", None, start, end)
            continue
        [(kind, value)] = event.items()
        if kind not in {"Start", "End"}:
            yield Mark(kind, "", value, start, end)
        elif isinstance(value, str):
            yield Mark(kind, value, None, start, end)
        else:
            [(name, about)] = value.items()
            yield Mark(kind, name, about, start, end)


def read_notes(text: str) -> Iterator[tuple[str, str]]:
    """Where footnotes `begin` and `end`, and each `reference` to one, with its label."""
    from pyromark import events  # noqa: PLC0415

    event: Any
    for event in events(to_source(text).decode(), options=_extensions()):
        if "FootnoteReference" in event:
            yield "reference", event["FootnoteReference"]
        elif "Start" in event and "FootnoteDefinition" in event["Start"]:
            yield "begin", event["Start"]["FootnoteDefinition"]
        elif "End" in event and "FootnoteDefinition" in event["End"]:
            yield "end", ""


def render_html(text: str) -> str:
    """The page of a text, before anything is taken out of it; formulas are marked as such."""
    from pyromark import Options, html  # noqa: PLC0415

    options = _extensions() | Options.ENABLE_MATH | Options.ENABLE_TASKLISTS
    if text.count("[^") > MAX_NOTES:
        options &= ~Options.ENABLE_FOOTNOTES
    return html(to_source(text).decode(), options=options)


def to_source(text: str) -> bytes:
    """The bytes that are parsed, of as many lines: line feeds alone, and no endless nesting."""
    plain = LINE_END.sub("\n", replace_unstorable(text))
    flat = _DEEP.sub(r"\1 ", plain)
    max_columns = MAX_CELLS // (1 + flat.count("\n"))
    # The row under a table's head makes it one: https://github.github.com/gfm/#delimiter-row
    broken = _DELIMITERS.sub(
        lambda hit: hit[0].replace("|", "-") if hit[0].count("|") > max_columns else hit[0], flat
    )
    return broken.encode()


def _extensions() -> Any:  # noqa: ANN401  # an integer of flags, of a type that is imported late
    from pyromark import Options  # noqa: PLC0415

    return Options.ENABLE_TABLES | Options.ENABLE_STRIKETHROUGH | Options.ENABLE_FOOTNOTES


def new_block_parser(*rules: str) -> "MarkdownIt":
    """Blocks only: what a paragraph holds is left as text. `rules` are added to CommonMark's.

    For plans, of which link definitions must be told too.
    """
    from markdown_it import MarkdownIt  # noqa: PLC0415  # 0.1 s, and most commands read no plan

    parser = MarkdownIt("commonmark").enable([*rules])
    # Parsing runs a chain of core rules, of which `block` and `inline` are two:
    # https://markdown-it-py.readthedocs.io/en/latest/architecture.html
    parser.core.ruler.disable("inline")
    return parser


def find_definitions(env: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    """Link definitions that a parse left in `env`: label, first line, line after the last.

    Those too whose label was taken: the first one counts, no page shows either.
    https://spec.commonmark.org/0.31.2/#link-reference-definitions
    """
    first = list(env.get("references", {}).items())
    again = [(definition["label"], definition) for definition in env.get("duplicate_refs", [])]
    for label, definition in [*first, *again]:
        start, end = definition["map"]
        yield label, start, end
