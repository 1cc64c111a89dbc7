"""What pass rates are told apart by: a task's kind, how long its file is and its language."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from bot.code import language_of
from bot.config.tiers import WorkKind
from bot.evaluation.task_kind import classify_task
from bot.plan.model import Task

FileSize = Literal["new", "short", "medium", "long"]
SHORT_LINES = 60
MEDIUM_LINES = 250
"""About here a file is longer than one answer of 2,048 tokens, so that changes are asked for."""


@dataclass(frozen=True, slots=True)
class TaskClass:
    """`language` is a name of `bot.code`, else the file's suffix, as `md`; empty for neither."""

    kind: WorkKind
    size: FileSize
    language: str


def find_task_class(task: Task, body: bytes | None) -> TaskClass:
    """`body` is the task's file on the task's base; None where it is not there."""
    kind = classify_task(task, file_exists=body is not None)
    suffix = PurePosixPath(task.file).suffix.lower().removeprefix(".")
    return TaskClass(kind, find_file_size(body), language_of(task.file, body or b"") or suffix)


def find_file_size(body: bytes | None) -> FileSize:
    """By its lines; `new` where there is no file yet."""
    if body is None:
        return "new"
    lines = len(body.splitlines())
    if lines <= SHORT_LINES:
        return "short"
    return "medium" if lines <= MEDIUM_LINES else "long"
