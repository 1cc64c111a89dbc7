"""How a file is shown: whole where it fits well, else an index and the sections that matter."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.code import Outline, Symbol
from bot.models.token_estimate import estimate_tokens, fit_first_lines
from bot.prompts.inputs import TaskPromptInput
from bot.prompts.line_spans import LONE_RETURN, Span, merge_spans, split_lines, trim_span
from bot.prompts.relevant_lines import MentionSources, RelevantLines, find_relevant_lines
from bot.text.escape import fence_text
from bot.text.invisible import make_printable

SHORT_FILE_LINES = 150
"""Lines of a file that is shown whole wherever it fits."""
MAX_HEAD_LINES = 30
"""Lines above the first definition that are shown, for the imports."""
LIKELY_SHARE = 0.6
"""Share of the spare room that likely sections may take; neighbours get the rest."""
MAX_SIGNATURE_CHARS = 100
MIN_INDEX_TOKENS = 600
"""Tokens of an index where room is scarce; a longer one leaves out what is innermost first."""
LEFT_OUT_TOKENS = 30
"""Tokens of the line that says what an index leaves out."""
INDEX_DIVISOR = 4
"""Of the room that is left an index may have one token in so many, where that is more."""


@dataclass(frozen=True, slots=True)
class FileView:
    """How a file is shown. `spans` are the sections' lines; none: the whole of it.

    `whole`: the sections are whole definitions, which a reply may repeat one by one.
    """

    text: str
    spans: tuple[Span, ...] = ()
    index: str = ""
    whole: bool = False


def show_sections(  # the file, what is known of it, and the room there is
    path: str,
    text: str,
    outline: Outline,
    relevant: RelevantLines,
    *,
    spare_tokens: int,
) -> FileView | None:
    """Every section that is surely meant, then the file's head and likely ones as there is room.

    `spare_tokens` is what everything else that might be shown leaves of the window. None where
    nothing points into the file.
    """
    lines = split_lines(text)
    spans = clean_spans(relevant.sure, lines)
    if not spans:
        spans = clean_spans(relevant.likely[:1], lines)
    if not spans:
        return None
    for more in [head_span(outline), *relevant.likely]:
        wider = clean_spans([*spans, more], lines)
        if estimate_tokens(render_spans(path, lines, wider)) <= spare_tokens * LIKELY_SHARE:
            spans = wider
    shown_text = render_spans(path, lines, spans)
    index_tokens = max(
        MIN_INDEX_TOKENS, (spare_tokens - estimate_tokens(shown_text)) // INDEX_DIVISOR
    )
    return FileView(shown_text, spans, render_index(outline, index_tokens), relevant.whole)


def section_title(path: str, span: Span) -> str:
    """The line above a section, which a reply repeats to say which one it means."""
    return f"lines {span[0]}-{span[1]} of {path}:"


def render_index(outline: Outline, max_tokens: int = MIN_INDEX_TOKENS) -> str:
    """One line for each definition: its lines and its signature, those inside of it indented.

    Within `max_tokens` the innermost go first, level by level, then the last; a line says so.
    """
    known = outline.symbols
    kept = list(known)
    for level in sorted({_depth(each) for each in known}, reverse=True):
        kept = [each for each in known if _depth(each) <= level]
        whole = "\n".join([*map(_entry, kept), *_left_out(known, kept)])
        if estimate_tokens(whole) <= max_tokens:
            return whole
    entries = fit_first_lines([_entry(each) for each in kept], max_tokens - LEFT_OUT_TOKENS)
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
    signature = make_printable(symbol.signature.strip(), MAX_SIGNATURE_CHARS)
    return f"{'  ' * _depth(symbol)}{symbol.first}-{symbol.last} {signature}"


def render_spans(path: str, lines: Sequence[str], spans: Sequence[Span]) -> str:
    return "\n\n".join(
        fence_text(section_title(path, span), "".join(lines[span[0] - 1 : span[1]]))
        for span in spans
    )


def clean_spans(spans: Sequence[Span], lines: Sequence[str]) -> tuple[Span, ...]:
    inside = (trim_span(span, lines) for span in spans)
    return tuple(
        span
        for each in merge_spans(span for span in inside if span)
        if (span := trim_span(each, lines))
    )


def head_span(outline: Outline) -> Span:
    first = min((each.first for each in outline.symbols), default=1)
    return 1, min(first - 1, MAX_HEAD_LINES)


COMFORTABLE_SHARE = 0.5
"""Share of the room that a long file may take and still be shown whole."""


def show_file(
    request: TaskPromptInput, max_tokens: int, spare_tokens: int, tests: Sequence[str]
) -> FileView:
    """`max_tokens` is what the file may have, `spare_tokens` what is left for it beside all else.

    `tests` are the sources in view.

    The whole file where it fits and is short, where it fits comfortably, or where it fits and
    nothing points at a part of it. One that cannot be shown in sections either is shown whole, and
    does not fit.
    """
    path, text, task = request.path, request.content or "", request.task
    whole = FileView(fence_text(path, text))
    needs = estimate_tokens(whole.text)
    if needs <= max_tokens and (
        len(split_lines(text)) <= SHORT_FILE_LINES or needs <= max_tokens * COMFORTABLE_SHARE
    ):
        return whole
    lines = split_lines(text)
    # A lone carriage return ends a line for the edits, and none for tree-sitter's outline.
    known = Outline() if LONE_RETURN.search(text) else request.file_context.outline
    old = [
        line for block in task.blocks if block.kind == "edit" for line in split_lines(block.text)
    ]
    found = find_relevant_lines(
        path, lines, known, MentionSources(task.text, request.digest, tests, old)
    )
    if needs <= max_tokens and not found.sure:
        return whole
    return show_sections(path, text, known, found, spare_tokens=spare_tokens) or whole
