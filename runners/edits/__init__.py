"""Turning a model's reply, or a plan's exact block, into changed files: all of it or none."""

from runners.edits.apply import apply_reply, parse_blocks, resolve_reply
from runners.edits.model import EditError, Edits, Read
from runners.edits.openat import open_reader, safe_path
from runners.edits.write import write_edits

__all__ = [
    "EditError",
    "Edits",
    "Read",
    "apply_reply",
    "open_reader",
    "parse_blocks",
    "resolve_reply",
    "safe_path",
    "write_edits",
]
