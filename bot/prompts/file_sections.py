"""A long file as a model sees it: an index of its lines, and the sections that matter now."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.code import Outline, Symbol
from bot.models.token_estimate import estimate_tokens, first_within
from bot.prompts.line_spans import Span, lines_of, merged, trimmed
from bot.prompts.relevant_lines import Pointed
from bot.text.escape import fence_text
from bot.text.invisible import make_printable

SHORT = 150
"""Lines of a file that is shown whole wherever it fits."""
HEAD = 30
"""Lines above the first definition that are shown, for the imports."""
FILL = 0.6
"""Share of the spare room that likely sections may take; neighbours get the rest."""
WIDTH = 100
INDEX = 600
"""Tokens of an index where room is scarce; a longer one leaves out what is innermost first."""
MARK = 30
"""Tokens of the line that says what an index leaves out."""
SPARE_INDEX = 4
"""Of the room that is left an index may have one token in so many, where that is more."""


@dataclass(frozen=True, slots=True)
class View:
    """How a file is shown. `spans` are the sections' lines; none: the whole of it.

    `whole`: the sections are whole definitions, which a reply may repeat one by one.
    """

    text: str
    spans: tuple[Span, ...] = ()
    index: str = ""
    whole: bool = False


def sections(  # the file, what is known of it, and the room there is
    path: str,
    text: str,
    outline: Outline,
    pointed: Pointed,
    *,
    spare: int,
) -> View | None:
    """Every section that is surely meant, then the file's head and likely ones as there is room.

    `spare` is in tokens: what everything else that might be told leaves of the window. None where
    nothing points into the file.
    """
    lines = lines_of(text)
    spans = clean(pointed.sure, lines)
    if not spans:
        spans = clean(pointed.likely[:1], lines)
    if not spans:
        return None
    for more in [head(outline), *pointed.likely]:
        wider = clean([*spans, more], lines)
        if estimate_tokens(rendered(path, lines, wider)) <= spare * FILL:
            spans = wider
    told = rendered(path, lines, spans)
    room = max(INDEX, (spare - estimate_tokens(told)) // SPARE_INDEX)
    return View(told, spans, index(outline, room), pointed.whole)


def anchor(path: str, span: Span) -> str:
    """The line above a section, which a reply repeats to say which one it means."""
    return f"lines {span[0]}-{span[1]} of {path}:"


def index(outline: Outline, room: int = INDEX) -> str:
    """One line for each definition: its lines and its signature, those inside of it indented.

    Within `room` tokens: the innermost go first, level by level, then the last. What went is said.
    """
    known = outline.symbols
    kept = list(known)
    for level in sorted({_depth(each) for each in known}, reverse=True):
        kept = [each for each in known if _depth(each) <= level]
        whole = "\n".join([*map(_entry, kept), *_left_out(known, kept)])
        if estimate_tokens(whole) <= room:
            return whole
    entries = first_within([_entry(each) for each in kept], room - MARK)
    return "\n".join([*entries, *_left_out(known, kept[: len(entries)])])


def _left_out(known: Sequence[Symbol], kept: Sequence[Symbol]) -> list[str]:
    """That some are left out, and up to where."""
    gone = len(known) - len(kept)
    return (
        [f"... and {gone} more definitions up to line {max(each.last for each in known)}"]
        if gone
        else []
    )


def _depth(symbol: Symbol) -> int:
    return symbol.owner.count(".") + 1 if symbol.owner else 0


def _entry(symbol: Symbol) -> str:
    signature = make_printable(symbol.signature.strip(), WIDTH)
    return f"{'  ' * _depth(symbol)}{symbol.first}-{symbol.last} {signature}"


def rendered(path: str, lines: Sequence[str], spans: Sequence[Span]) -> str:
    return "\n\n".join(
        fence_text(anchor(path, span), "".join(lines[span[0] - 1 : span[1]])) for span in spans
    )


def clean(spans: Sequence[Span], lines: Sequence[str]) -> tuple[Span, ...]:
    inside = (trimmed(span, lines) for span in spans)
    return tuple(
        span for each in merged(span for span in inside if span) if (span := trimmed(each, lines))
    )


def head(outline: Outline) -> Span:
    first = min((each.first for each in outline.symbols), default=1)
    return 1, min(first - 1, HEAD)
