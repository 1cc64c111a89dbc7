"""A reply that holds only some of a Python file's definitions: exactly those are replaced."""

from runners.edits.merge.definitions import merge_definitions
from runners.edits.merge.lost import keep_lost
from runners.edits.merge.reply import merge_reply, mergeable

__all__ = ["keep_lost", "merge_definitions", "merge_reply", "mergeable"]
