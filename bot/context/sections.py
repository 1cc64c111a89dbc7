"""A long file as a model sees it: an index of its lines, and the sections that matter now."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.context.code import Outline, Symbol
from bot.context.fencing import fenced
from bot.context.lines import Span, lines_of, merged, trimmed
from bot.context.pointing import Pointed
from bot.context.words import first_within
from bot.hidden import shown
from bot.tiers.tokens import estimate

SHORT = 150
"""Lines of a file that is shown whole wherever it fits."""
HEAD = 30
"""Lines above the first definition that are shown, for the imports."""
FILL = 0.6
"""Share of the spare room that likely sections may take; neighbours get the rest."""
WIDTH = 100
INDEX = 600
"""Tokens; a longer index shows what stands at the top only, and no more than fits."""


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
    spans = _clean(pointed.sure, lines)
    if not spans:
        spans = _clean(pointed.likely[:1], lines)
    if not spans:
        return None
    for more in [_head(outline), *pointed.likely]:
        wider = _clean([*spans, more], lines)
        if estimate(_rendered(path, lines, wider)) <= spare * FILL:
            spans = wider
    return View(_rendered(path, lines, spans), spans, index(outline), pointed.whole)


def anchor(path: str, span: Span) -> str:
    """The line above a section, which a reply repeats to say which one it means."""
    return f"lines {span[0]}-{span[1]} of {path}:"


def index(outline: Outline) -> str:
    """One line for each definition: its lines and its signature, those inside of it indented."""
    whole = list(map(_entry, outline.symbols))
    if estimate("\n".join(whole)) > INDEX:
        whole = [_entry(each) for each in outline.symbols if not each.owner]
    return "\n".join(first_within(whole, INDEX))


def _entry(symbol: Symbol) -> str:
    depth = symbol.owner.count(".") + 1 if symbol.owner else 0
    return f"{'  ' * depth}{symbol.first}-{symbol.last} {shown(symbol.signature.strip(), WIDTH)}"


def _rendered(path: str, lines: Sequence[str], spans: Sequence[Span]) -> str:
    return "\n\n".join(
        fenced(anchor(path, span), "".join(lines[span[0] - 1 : span[1]])) for span in spans
    )


def _clean(spans: Sequence[Span], lines: Sequence[str]) -> tuple[Span, ...]:
    inside = (trimmed(span, lines) for span in spans)
    return tuple(
        span for each in merged(span for span in inside if span) if (span := trimmed(each, lines))
    )


def _head(outline: Outline) -> Span:
    first = min((each.first for each in outline.symbols), default=1)
    return 1, min(first - 1, HEAD)
