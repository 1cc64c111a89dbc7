"""A model's reply, or a plan's exact block, becomes files: all of it or none of it."""

from pathlib import Path

from runners.edits.apply import blocks, resolve, resolve_block
from runners.edits.model import EditError, Edits, Read
from runners.edits.openat import reader
from runners.edits.paths import safe_path
from runners.edits.write import write

__all__ = [
    "EditError",
    "Edits",
    "Read",
    "apply_reply",
    "blocks",
    "reader",
    "resolve",
    "resolve_block",
    "safe_path",
    "write",
]


def apply_reply(root: Path, file: str, text: str) -> list[str]:
    """Apply a reply to the files under `root`; `file` is meant where it names none.

    Returns the paths written. Raises `EditError` when it does not apply; then nothing has changed.
    """
    default = safe_path(file) if file else ""
    return write(root, resolve(text, reader(root), default=default))
