"""What was shown to a model and what it said, kept as text that a person can read."""

from collections.abc import Sequence
from pathlib import Path


def keep(folder: Path, name: str, parts: Sequence[tuple[str, str]]) -> Path:
    """Write (title, body) parts, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n\n".join(f"===== {title} =====\n{body}" for title, body in parts)
    half = folder / f".{name}.part"
    half.write_text(text, encoding="utf-8", errors="replace")
    return half.replace(folder / f"{name}.txt")
