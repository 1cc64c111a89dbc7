"""Lines for a prompt, cut to what there is room for."""

from collections.abc import Sequence

from bot.models.token_estimate import estimate, tokens, weigh


def bullets(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title, *(f"- {line}" for line in lines)]) if lines else ""


def cut(text: str, room: int) -> str:
    """The beginning of a text within so many tokens; dots stand for what went."""
    if estimate(text) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        fits = estimate(_dotted(text, middle)) <= room
        low, high = (middle, high) if fits else (low, middle - 1)
    return _dotted(text, low)


def _dotted(text: str, length: int) -> str:
    return f"{text[:length].rstrip()}..."


def last_within(lines: Sequence[str], room: int) -> tuple[str, ...]:
    """As many of the last lines as there is room for, in their order."""
    return first_within(lines[::-1], room)[::-1]


def first_within(lines: Sequence[str], room: int) -> tuple[str, ...]:
    """As many of the first lines as there are `room` tokens for, together."""
    kept: list[str] = []
    weight = 0
    for line in lines:
        weight += weigh(f"{line}\n")
        if tokens(weight) > room:
            break
        kept.append(line)
    return tuple(kept)
