"""How a planner is shown a file: whole where it is short, else by its outline and some sections.

What is left out is said, and how to ask for it.
"""

from collections.abc import Callable, Sequence

from bot.code import Outline
from bot.models.token_estimate import estimate_tokens
from bot.prompts.file_sections import render_spans
from bot.prompts.line_index import render_index
from bot.prompts.line_spans import Span
from bot.prompts.relevant_lines import MentionSources, find_relevant_lines
from bot.prompts.section_choice import Room, choose_sections
from bot.text.escape import fence_section
from bot.text.invisible import make_printable
from bot.text.plain_text import is_binary
from bot.text.secret_files import NOT_SHOWN, is_secret_file
from bot.text.visible_markdown import show_file_text
from runners.planning.shown_lines import Shown, ShownLines

Read = Callable[[str], bytes | None]
MAX_FILE_BYTES = 1 << 20
MAX_WHOLE_TOKENS = 2500
"""A file of more is shown by parts: asked for by its lines, all of it can be had."""
MAX_PARTS_TOKENS = 2000
"""What the parts of a long file may take together."""
SECTIONS_SHARE = 0.65
"""Of that, for what the issue points at; the rest is for the outline."""


def read_shown_lines(read: Read, path: str) -> list[str] | None:
    """Its lines without their ends; None for what is no text, or too large for one."""
    raw = NOT_SHOWN.encode() if is_secret_file(path) else read(path)
    if raw is None or len(raw) > MAX_FILE_BYTES or is_binary(raw):
        return None
    # A file's author may be anybody, and hidden text in it would speak to the planner alone.
    text = show_file_text(path, raw.decode(errors="replace"))
    lines = text.replace("\r\n", "\n").split("\n")
    return lines if lines[-1] else lines[:-1]


def show_file(path: str, lines: Sequence[str], outline: Outline, about: str, budget: int) -> Shown:
    """Within `budget` tokens. `about` is the text whose words say which parts matter."""
    if not lines:
        return Shown(f"{make_printable(path)} is empty.", (ShownLines(path, 0, 0, whole=True),))
    whole = fence_section(path, "\n".join(lines))
    if estimate_tokens(whole) <= min(budget, MAX_WHOLE_TOKENS):
        return Shown(whole, (ShownLines(path, 1, len(lines), whole=True),))
    return _show_parts(path, lines, outline, about, min(budget, MAX_PARTS_TOKENS))


def _show_parts(
    path: str, lines: Sequence[str], outline: Outline, about: str, budget: int
) -> Shown:
    left_out = _ask_for_lines(path, len(lines))
    room = budget - estimate_tokens(left_out) - 20
    ended, sources = [f"{line}\n" for line in lines], MentionSources(about)
    relevant = find_relevant_lines(path, ended, outline, sources)
    spare = int(room * SECTIONS_SHARE)
    chosen = choose_sections(path, ended, outline, relevant, sources, Room(spare, spare))
    spans = chosen.spans if _fits(path, ended, chosen.spans, room) else ()
    sections = render_spans(path, ended, spans)
    index = render_index(
        outline, room - estimate_tokens(sections), shown=spans, first=chosen.likely
    )
    texts = (sections, fence_section(f"What else {path} defines:", index), left_out)
    shown = tuple(ShownLines(path, first, last) for first, last in spans)
    return Shown("\n\n".join(filter(None, texts)), shown)


def _fits(path: str, ended: Sequence[str], spans: Sequence[Span], room: int) -> bool:
    return estimate_tokens(render_spans(path, ended, spans)) <= room


def _ask_for_lines(path: str, count: int) -> str:
    name = make_printable(path)
    return (
        f"{name} has {count} lines, and the others are not shown: ask for `{name}:FIRST-LAST`, or"
        " for a definition by its name."
    )


def show_span(
    path: str, lines: Sequence[str], span: Span, budget: int, outline: Outline | None = None
) -> Shown:
    """These lines as far as `budget` has room, from the first; then what else `outline` has there.

    What has no room is named, so that it can be asked for.
    """
    first, last = max(1, span[0]), min(len(lines), span[1])
    if first > last:
        return Shown(f"{make_printable(path)} has {len(lines)} lines.")
    end = _find_end(path, lines, (first, last), budget)
    if end < first:
        return Shown(f"There is no room left for {make_printable(path)}:{first}-{last}.")
    text = _fence_span(path, lines, (first, end))
    if end < last:
        inside = _index_within(outline, (end + 1, last), budget - estimate_tokens(text) - 40)
        rest = f"There was no room for more; ask for `{make_printable(path)}:{end + 1}-{last}`."
        text = "\n\n".join(filter(None, (text, inside, rest)))
    whole = (first, end) == (1, len(lines))
    return Shown(text, (ShownLines(path, first, end, whole=whole),))


def _fence_span(path: str, lines: Sequence[str], span: Span) -> str:
    text = "\n".join(lines[span[0] - 1 : span[1]])
    # A section of blank lines has a text too.
    return fence_section(f"{path}, lines {span[0]} to {span[1]}", text or " ")


def _find_end(path: str, lines: Sequence[str], span: Span, budget: int) -> int:
    """The last line up to which they fit; all of them mostly do."""
    first, last = span
    if estimate_tokens(_fence_span(path, lines, span)) <= budget:
        return last
    room = budget - 60  # for the sentence that says what is left out
    least, most = first - 1, last
    while least < most:
        middle = (least + most + 1) // 2
        fits = estimate_tokens(_fence_span(path, lines, (first, middle))) <= room
        least, most = (middle, most) if fits else (least, middle - 1)
    return least


def _index_within(outline: Outline | None, span: Span, budget: int) -> str:
    symbols = outline.symbols if outline else ()
    inside = tuple(each for each in symbols if span[0] <= each.first <= span[1])
    return render_index(Outline(symbols=inside), budget) if inside and budget > 0 else ""
