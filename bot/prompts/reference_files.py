"""What a task is given to read: whole where there is room, else what of it the task speaks of."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.code import Outline, outline_file
from bot.models.token_estimate import cut, estimate_tokens
from bot.prompts.budget import DROPPED, Part, TaskTooLargeError, part
from bot.prompts.file_sections import MARK, clean, head, index, rendered
from bot.prompts.inputs import TaskPromptInput, Texts
from bot.prompts.line_spans import LONE_RETURN, Span, lines_of
from bot.prompts.relevant_lines import Said, pointed
from bot.text.escape import fence_text
from bot.text.invisible import make_printable

READS = DROPPED.index("reads") + 1
"""What they are worth."""
FRAME = 2
"""Tokens between one part and the next."""
SHARE = 3
"""What is read may have one token in so many of the window before the task's file has its own."""
LEAST = 64
"""Tokens below which a part of a file tells nothing."""
INDEX_SHARE = 3
"""One token in so many of an excerpt may be its index."""
WIDEST = 40
"""Characters that a token may have: the rest of a longer beginning is never looked at."""


@dataclass(frozen=True, slots=True)
class Reads:
    """`cut` names those that are shown by a part of them."""

    parts: tuple[Part, ...] = ()
    cut: tuple[str, ...] = ()


def bound(asked: TaskPromptInput) -> int:
    """Tokens that what is read may take of what the task's file could have."""
    if not asked.reads:
        return 0
    wanted = sum(estimate_tokens(fence_text(path, text)) + FRAME for path, text in asked.reads)
    return min(wanted, asked.window // SHARE)


def reads(asked: TaskPromptInput, room: int) -> Reads:
    """What the plan says to read within `room` tokens, the shortest whole before longer ones.

    A task that writes keeps what has no room at all as it is, to be dropped; a question is never
    answered without what it is to be answered from: that raises TaskTooLarge.
    """
    found: list[Part] = []
    some: list[str] = []
    for (path, text), share in zip(asked.reads, _shares(asked.reads, room), strict=True):
        told, name = fence_text(path, text), f"read {path}"
        if estimate_tokens(told) > share and (share >= LEAST or asked.task.kind == "query"):
            if share < LEAST:
                raise unread(asked, path)
            told = excerpt(path, text, asked.task.text, share - FRAME)
            some.append(name)
        found.append(part(name, told, "the plan says to read it", kind="reads"))
    return Reads(tuple(found), tuple(some))


def unread(asked: TaskPromptInput, path: str) -> TaskTooLargeError:
    needs = asked.window + sum(estimate_tokens(text) for one, text in asked.reads if one == path)
    name = make_printable(path)
    hint = f"there is no room for {name}, which it reads: let it read less, or split it"
    return TaskTooLargeError(asked.task.id, needs, asked.window, hint)


def excerpt(path: str, text: str, said: str, room: int) -> str:
    """Within `room` tokens: an index, and the sections `said` points at; else the beginning."""
    lines = lines_of(text)
    known = _outline(path, text)
    title = f"{path} is too long to be shown whole."
    entries = index(known, room // INDEX_SHARE) if room // INDEX_SHARE > 2 * MARK else ""
    if entries:
        title = f"{title} By its lines:\n{entries}"
    left = room - estimate_tokens(title) - FRAME
    found = pointed(path, lines, known, Said(said))
    spans: tuple[Span, ...] = ()
    for more in [*found.sure, *found.likely, head(known)]:
        wider = clean([*spans, more], lines)
        if estimate_tokens(rendered(path, lines, wider)) <= left:
            spans = wider
    body = rendered(path, lines, spans) if spans else _beginning(path, text, left)
    return f"{title}\n\n{body}".rstrip()


def _beginning(path: str, text: str, room: int) -> str:
    """What is cut may need a longer fence, so there is less of it until all of it has room."""
    budget = room
    while budget > 0:
        told = fence_text(f"{path}, its beginning", cut(text[: room * WIDEST], budget))
        over = estimate_tokens(told) - room
        if over <= 0:
            return told
        budget -= over
    return ""


def _outline(path: str, text: str) -> Outline:
    # A lone carriage return ends a line for the sections, and none for the outline.
    return (
        Outline() if LONE_RETURN.search(text) else outline_file(path, text.encode(errors="replace"))
    )


def _shares(texts: Texts, room: int) -> Sequence[int]:
    """Tokens for each: those that need less than their share leave the rest to the others."""
    needs = [estimate_tokens(fence_text(path, text)) + FRAME for path, text in texts]
    shares = [0] * len(needs)
    order = sorted(range(len(needs)), key=lambda at: (needs[at], at))
    for done, at in enumerate(order):
        shares[at] = min(needs[at], max(0, room) // (len(needs) - done))
        room -= shares[at]
    return shares
