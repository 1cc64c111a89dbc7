"""How much of a text a page has room for, in bytes as they are sent: a quote takes five of them."""

from html import escape

from bot.text.invisible import replace_unprintable


def measure(text: str) -> int:
    return len(escape(replace_unprintable(text)).encode(errors="replace"))


def cut(text: str, most: int) -> str:
    """As much of its beginning as `most` bytes of a page hold."""
    kept = text[: max(0, most)]
    while (size := measure(kept)) > most:
        kept = kept[: len(kept) * most // size]
    return kept
