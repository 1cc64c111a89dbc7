"""How a file is shown: whole where it fits well, else the sections that matter and an index."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.code import Outline
from bot.models.token_estimate import estimate_tokens
from bot.prompts.fenced_code import fence_code
from bot.prompts.inputs import TaskPromptInput
from bot.prompts.line_index import render_index
from bot.prompts.line_spans import LONE_RETURN, Span, split_lines
from bot.prompts.relevant_lines import MentionSources, RelevantLines, find_relevant_lines
from bot.prompts.section_choice import Room, Sections, choose_sections, section_title

SHORT_FILE_LINES = 150
"""Lines of a file that is shown whole wherever it fits."""
COMFORTABLE_SHARE = 0.5
"""Share of the room that a long file may take and still be shown whole."""
RESERVE_SHARE, MAX_RESERVE_TOKENS = 0.1, 500
"""What sections leave of the spare room, for the index and for what the code calls."""
MAX_CALLED = 6
"""Functions that a failing test calls; one that calls more says little about each."""
CALLED_FLOOR = 0.25
"""Score below which nothing is shown beside the functions that a failing test calls."""
MIN_INDEX_TOKENS = 150
INDEX_DIVISOR = 3
"""Where the task says what it is about, the index may have one token for so many of the code."""


@dataclass(frozen=True, slots=True)
class FileView:
    """How a file is shown. `spans` are the sections' lines; none: the whole of it.

    `whole`: no definition is shown in part, so that a reply may repeat them one by one. `named`:
    the task names lines, and all of those are shown. `meant` are the names of what the task, its
    failure or its test point at, where that is whole definitions.
    """

    text: str
    spans: tuple[Span, ...] = ()
    index: str = ""
    whole: bool = False
    named: bool = False
    meant: tuple[str, ...] = ()


def show_file(
    request: TaskPromptInput, max_tokens: int, spare_tokens: int, tests: Sequence[str]
) -> FileView:
    """`max_tokens` is what the file may have, `spare_tokens` what is left for it beside all else.

    `tests` are the sources in view.

    The whole file where it fits and is short, where it fits comfortably, or where it fits beside
    all else and nothing points at a part of it. One that cannot be shown in sections either is
    shown whole, and does not fit. Of a file that is answered by its definitions, those that are
    pointed at are shown, however short it is.
    """
    path, text, task = request.path, request.content or "", request.task
    whole = FileView(fence_code(path, text))
    needs = estimate_tokens(whole.text)
    lines = split_lines(text)
    comfortable = needs <= max_tokens and (
        len(lines) <= SHORT_FILE_LINES or needs <= max_tokens * COMFORTABLE_SHARE
    )
    if comfortable and not request.answers_definitions:
        return whole
    # A lone carriage return ends a line for the edits, and none for tree-sitter's outline.
    known = Outline() if LONE_RETURN.search(text) else request.file_context.outline
    old = [
        line for block in task.blocks if block.kind == "edit" for line in split_lines(block.text)
    ]
    sources = MentionSources(task.text, request.digest, tests, old)
    found = find_relevant_lines(path, lines, known, sources)
    fits = comfortable or needs <= spare_tokens
    # Of a file that has no room, the ranking knows better than the test alone what is at fault.
    by_test = request.answers_definitions and fits and not found
    if by_test and len(found.called) <= MAX_CALLED:
        found = replace(found, traced=found.called)
    if not found and fits:
        return whole
    reserve = min(MAX_RESERVE_TOKENS, int(spare_tokens * RESERVE_SHARE))
    room = Room(max_tokens, spare_tokens - reserve)
    if by_test:
        # What a test calls is often not what is at fault: what else is likely is shown too.
        room = replace(room, floor=CALLED_FLOOR)
    elif found and request.answers_definitions:
        room = replace(room, spare=min(room.spare, request.most_whole))
    chosen = choose_sections(path, lines, known, found, sources, room)
    if request.answers_definitions and not _shows_whole_definitions(known, chosen.spans):
        chosen = _without_pieces(chosen, path, lines, known, found, sources, room)
    if not (spans := chosen.spans):
        return whole
    shown = render_spans(path, lines, spans)
    left = _index_room(estimate_tokens(shown), spare_tokens, known_what=bool(found))
    complete = _shows_whole_definitions(known, spans)
    meant = _names_within(known, (*found.sure, *found.traced))
    if request.answers_definitions and complete and meant:
        # A small model writes out whatever it reads a signature of.
        return FileView(shown, spans, "", complete, named=bool(found.ranges), meant=meant)
    index = render_index(known, left, shown=spans, first=chosen.likely)
    return FileView(shown, spans, index, complete, named=bool(found.ranges))


def _names_within(outline: Outline, spans: Sequence[Span]) -> tuple[str, ...]:
    """The functions that these lines are, in the order of the file."""
    return tuple(
        each.name
        for each in outline.symbols
        if each.kind in {"function", "method"} and (each.first, each.last) in spans
    )


def _without_pieces(  # noqa: PLR0913, PLR0917 - what sections are chosen from
    chosen: Sections,
    path: str,
    lines: Sequence[str],
    outline: Outline,
    relevant: RelevantLines,
    sources: MentionSources,
    room: Room,
) -> Sections:
    """Whole definitions alone, if what matters most is among them."""
    complete = choose_sections(path, lines, outline, relevant, sources, replace(room, pieces=False))
    first = [(each.first, each.last) for each in chosen.likely[:1]]
    wanted = relevant.sure or relevant.traced[:1] or first
    shown = all(
        any(first <= span[0] and span[1] <= last for first, last in complete.spans)
        for span in wanted
    )
    return complete if shown else chosen


def _index_room(shown_tokens: int, spare_tokens: int, *, known_what: bool) -> int:
    """What is left; a part of the code's size where the task says what it is about."""
    left = spare_tokens - shown_tokens
    if known_what:
        left = min(left, shown_tokens // INDEX_DIVISOR)
    return max(MIN_INDEX_TOKENS, left)


def _shows_whole_definitions(outline: Outline, spans: Sequence[Span]) -> bool:
    """Whether no function is shown in part."""
    functions = (each for each in outline.symbols if each.kind in {"function", "method"})
    return all(
        first <= each.first and each.last <= last
        for each in functions
        for first, last in spans
        if each.first <= last and first <= each.last
    )


def render_spans(path: str, lines: Sequence[str], spans: Sequence[Span]) -> str:
    return "\n\n".join(
        fence_code(path, "".join(lines[span[0] - 1 : span[1]]), section_title(path, span))
        for span in spans
    )
