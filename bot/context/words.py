"""Lines for a prompt, cut to what there is room for."""

from collections.abc import Sequence

from bot.tiers.tokens import estimate


def bullets(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title, *(f"- {line}" for line in lines)]) if lines else ""


def cut(text: str, tokens: int) -> str:
    """The beginning of a text within so many tokens; dots stand for what went."""
    if estimate(text) <= tokens:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if estimate(text[:middle]) + 3 <= tokens else (low, middle - 1)
    return f"{text[:low].rstrip()}..."


def last_within(lines: Sequence[str], tokens: int) -> tuple[str, ...]:
    """As many of the last lines as there is room for, in their order."""
    return first_within(lines[::-1], tokens)[::-1]


def first_within(lines: Sequence[str], tokens: int) -> tuple[str, ...]:
    kept: list[str] = []
    for line in lines:
        tokens -= estimate(line) + 1
        if tokens < 0:
            break
        kept.append(line)
    return tuple(kept)
