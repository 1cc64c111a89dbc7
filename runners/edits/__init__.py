"""A model's reply, or a plan's exact block, becomes files: all of it or none of it."""

from runners.edits.apply import apply_reply, blocks, resolve
from runners.edits.model import EditError, Edits, Read
from runners.edits.openat import reader, safe_path
from runners.edits.write import write

__all__ = [
    "EditError",
    "Edits",
    "Read",
    "apply_reply",
    "blocks",
    "reader",
    "resolve",
    "safe_path",
    "write",
]
