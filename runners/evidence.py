"""What was shown to a model and what it said, kept as text that a person can read."""

import re
from collections.abc import Sequence
from pathlib import Path

from bot.text.invisible import show_hidden

_LOOKS_SHOWN = re.compile(r"<(?=U\+[0-9A-F]{4,6}>)")
Parts = Sequence[tuple[str, str]]
"""(title, body), in the order they are written."""


def keep_evidence(folder: Path, name: str, parts: Parts) -> Path:
    """Write `name`.txt, whole or not at all: a file renamed over another replaces it at once.

    Only its owner may read it. https://man7.org/linux/man-pages/man2/rename.2.html
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n\n".join(f"===== {title} =====\n{body}" for title, body in parts)
    half = folder / f".{name}.part"
    half.unlink(missing_ok=True)
    half.touch(0o600)
    half.write_text(show_unseen(text), encoding="utf-8", newline="")
    return half.replace(folder / f"{name}.txt")


def show_unseen(text: str) -> str:
    """Each character that a terminal acts on, or nobody sees, as `<U+001B>`.

    Nothing is lost: `<U+` that stood there before is `<U+003C>U+`. Line ends stay.
    """
    lines = _LOOKS_SHOWN.sub("<U+003C>", text).split("\r\n")
    return "\r\n".join(map(show_hidden, lines))


def list_dropped(dropped: Sequence[str]) -> Parts:
    """A part that names what the window had no room for; none where there was room."""
    return [("left out of the prompt", "\n".join(dropped))] if dropped else []
