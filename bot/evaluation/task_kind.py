"""What kind of work a task is, in a word: pass rates are told apart by it."""

import re
from pathlib import PurePosixPath

from bot.approval.test_paths import is_test_path
from bot.config.tiers import WorkKind
from bot.plan.model import Task

_PROSE = frozenset({".adoc", ".md", ".rst", ".txt"})
_RENAME = re.compile(r"\b(?:renam(?:e[sd]?|ing)|mov(?:e[sd]?|ing)\b.{1,60}\bto)\b", re.IGNORECASE)
_FIX = re.compile(
    r"\b(?:fix(?:e[sd]|ing)?|bugs?|repairs?|crash(?:es)?|wrong(?:ly)?)\b", re.IGNORECASE
)
MAX_READ_CHARACTERS = 400
"""Of a task's text: what it is about stands first."""


def classify_task(task: Task, *, file_exists: bool) -> WorkKind:
    """The first that holds, from the file to the words. `file_exists`: on the task's base."""
    if task.kind == "query":
        return "query"
    if PurePosixPath(task.file).suffix.lower() in _PROSE:
        return "docs"
    if is_test_path(task.file):
        return "test"
    if task.file and not file_exists:
        return "create"
    words = f"{task.id.replace('-', ' ')} {task.text[:MAX_READ_CHARACTERS]}"
    if _RENAME.search(words):
        return "rename"
    return "fix" if task.bites or _FIX.search(words) else "edit"
