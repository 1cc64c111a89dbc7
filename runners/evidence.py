"""What was shown to a model and what it said, kept as text that a person can read."""

from collections.abc import Sequence
from pathlib import Path

Parts = Sequence[tuple[str, str]]
"""(title, body), in the order they are written."""


def keep_evidence(folder: Path, name: str, parts: Parts) -> Path:
    """Write `name`.txt, whole or not at all: a file renamed over another replaces it at once.

    https://man7.org/linux/man-pages/man2/rename.2.html
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n\n".join(f"===== {title} =====\n{body}" for title, body in parts)
    half = folder / f".{name}.part"
    half.write_text(text, encoding="utf-8", errors="replace")
    return half.replace(folder / f"{name}.txt")


def list_dropped(dropped: Sequence[str]) -> Parts:
    """A part that names what the window had no room for; none where there was room."""
    return [("left out of the prompt", "\n".join(dropped))] if dropped else []
