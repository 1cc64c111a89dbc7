"""A long file as a model sees it: an index of its lines, and the sections that matter now."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.context.code import Outline
from bot.context.fencing import fenced
from bot.context.lines import Span, lines_of, merged, trimmed
from bot.context.pointing import Pointed
from bot.tiers.tokens import estimate

SHORT = 150
"""Lines of a file that is shown whole wherever it fits."""
HEAD = 30
"""Lines above the first definition that are shown, for the imports."""
FILL = 0.6
"""Share of the room that likely sections may take; neighbours get the rest."""
WIDTH = 100


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
    room: int,
) -> View | None:
    """Every section that is surely meant, then likely ones and the file's head while there is room.

    None where nothing points into the file.
    """
    lines = lines_of(text)
    spans = _clean(pointed.sure, lines)
    if not spans:
        spans = _clean(pointed.likely[:1], lines)
    if not spans:
        return None
    for more in [*pointed.likely, _head(outline)]:
        wider = _clean([*spans, more], lines)
        if estimate(_rendered(path, lines, wider)) <= room * FILL:
            spans = wider
    return View(_rendered(path, lines, spans), spans, index(outline), pointed.whole)


def anchor(path: str, span: Span) -> str:
    """The line above a section, which a reply repeats to say which one it means."""
    return f"lines {span[0]}-{span[1]} of {path}:"


def index(outline: Outline) -> str:
    """One line for each definition: its lines and its signature, those inside of it indented."""
    return "\n".join(
        f"{'  ' * (each.owner.count('.') + 1 if each.owner else 0)}{each.first}-{each.last}"
        f" {each.signature.strip()[:WIDTH]}"
        for each in outline.symbols
    )


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
