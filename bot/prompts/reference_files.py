"""What a task is given to read: whole where there is room, else what of it the task speaks of."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.code import Outline, outline_file
from bot.models.token_estimate import estimate_tokens, truncate_text
from bot.prompts.budget import DROP_ORDER, Part, TaskTooLargeError, make_part
from bot.prompts.fenced_code import fence_code
from bot.prompts.file_sections import render_spans
from bot.prompts.inputs import TaskPromptInput, Texts
from bot.prompts.line_index import LEFT_OUT_TOKENS, render_index
from bot.prompts.line_spans import LONE_RETURN, split_lines
from bot.prompts.relevant_lines import MentionSources, find_relevant_lines
from bot.prompts.section_choice import Room, choose_sections
from bot.text.invisible import make_printable

READS_PRIORITY = DROP_ORDER.index("reads") + 1
"""When they are dropped, as `Part.priority` has it."""
SEPARATOR_TOKENS = 2
"""Tokens between one part and the next."""
WINDOW_DIVISOR = 3
"""What is read may have one token in so many of the window before the task's file has its own."""
MIN_EXCERPT_TOKENS = 64
"""A part of a file smaller than that is of no use."""
INDEX_DIVISOR = 3
"""One token in so many of an excerpt may be its index."""
MAX_TOKEN_CHARS = 40
"""Characters that a token may have: the rest of a longer beginning is never looked at."""


@dataclass(frozen=True, slots=True)
class References:
    """`cut` names those that are shown by a part of them."""

    parts: tuple[Part, ...] = ()
    cut: tuple[str, ...] = ()


def reserve_tokens(request: TaskPromptInput) -> int:
    """Tokens that what is read may take of what the task's file could have."""
    if not request.reads:
        return 0
    wanted = sum(
        estimate_tokens(fence_code(path, text)) + SEPARATOR_TOKENS for path, text in request.reads
    )
    return min(wanted, request.window // WINDOW_DIVISOR)


def show_references(request: TaskPromptInput, max_tokens: int) -> References:
    """What the plan says to read within `max_tokens`, the shortest whole before longer ones.

    A task that writes keeps what has no room at all as it is, to be dropped; a question is never
    answered without what it is to be answered from: that raises TaskTooLarge.
    """
    found: list[Part] = []
    cut_names: list[str] = []
    for (path, text), share in zip(request.reads, _shares(request.reads, max_tokens), strict=True):
        text_shown, name = fence_code(path, text), f"read {path}"
        if estimate_tokens(text_shown) > share and (
            share >= MIN_EXCERPT_TOKENS or request.task.kind == "query"
        ):
            if share < MIN_EXCERPT_TOKENS:
                raise no_room_error(request, path)
            text_shown = cut_excerpt(path, text, request.task.text, share - SEPARATOR_TOKENS)
            cut_names.append(name)
        found.append(make_part(name, text_shown, "the plan says to read it", kind="reads"))
    return References(tuple(found), tuple(cut_names))


def no_room_error(request: TaskPromptInput, path: str) -> TaskTooLargeError:
    needs = request.window + sum(
        estimate_tokens(text) for item, text in request.reads if item == path
    )
    name = make_printable(path)
    hint = f"there is no room for {name}, which it reads: let it read less, or split it"
    return TaskTooLargeError(request.task.id, needs, request.window, hint)


def cut_excerpt(path: str, text: str, task_text: str, max_tokens: int) -> str:
    """Within `max_tokens`: an index, and the sections `task_text` points at; else the beginning."""
    lines = split_lines(text)
    known = _outline(path, text)
    title = f"{path} is too long to be shown whole."
    entries = (
        render_index(known, max_tokens // INDEX_DIVISOR)
        if max_tokens // INDEX_DIVISOR > 2 * LEFT_OUT_TOKENS
        else ""
    )
    if entries:
        title = f"{title} By its lines:\n{entries}"
    left = max_tokens - estimate_tokens(title) - SEPARATOR_TOKENS
    sources = MentionSources(task_text)
    found = find_relevant_lines(path, lines, known, sources)
    spans = choose_sections(path, lines, known, found, sources, Room(left, left)).spans
    if estimate_tokens(render_spans(path, lines, spans)) > left:
        spans = ()
    body = render_spans(path, lines, spans) if spans else _beginning(path, text, left)
    return f"{title}\n\n{body}".rstrip()


def _beginning(path: str, text: str, max_tokens: int) -> str:
    """What is cut may need a longer fence, so there is less of it until all of it has room."""
    budget = max_tokens
    while budget > 0:
        text_shown = fence_code(
            path,
            truncate_text(text[: max_tokens * MAX_TOKEN_CHARS], budget),
            f"{path}, its beginning",
        )
        over = estimate_tokens(text_shown) - max_tokens
        if over <= 0:
            return text_shown
        budget -= over
    return ""


def _outline(path: str, text: str) -> Outline:
    # A lone carriage return ends a line for the sections, and none for tree-sitter, whose rows
    # count newlines: https://tree-sitter.github.io/tree-sitter/using-parsers/2-basic-parsing.html
    return (
        Outline() if LONE_RETURN.search(text) else outline_file(path, text.encode(errors="replace"))
    )


def _shares(texts: Texts, max_tokens: int) -> Sequence[int]:
    """Tokens for each: those that need less than their share leave the rest to the others."""
    needs = [estimate_tokens(fence_code(path, text)) + SEPARATOR_TOKENS for path, text in texts]
    shares = [0] * len(needs)
    order = sorted(range(len(needs)), key=lambda at: (needs[at], at))
    for done, at in enumerate(order):
        shares[at] = min(needs[at], max(0, max_tokens) // (len(needs) - done))
        max_tokens -= shares[at]
    return shares
