"""A task's class is its kind, how long its file is, and the file's language."""

import pytest

from bot.evaluation import TaskClass, find_task_class
from bot.plan.model import Task


@pytest.mark.parametrize(
    ("file", "body", "expected"),
    [
        ("a.py", None, TaskClass("create", "new", "python")),
        ("a.py", b"", TaskClass("edit", "short", "python")),
        ("a.py", b"x\n" * 60, TaskClass("edit", "short", "python")),
        ("a.ts", b"x\n" * 61, TaskClass("edit", "medium", "typescript")),
        ("bin/tool", b"#!/bin/sh\n" * 251, TaskClass("edit", "long", "bash")),
        ("docs/use.md", b"x", TaskClass("docs", "short", "md")),
        ("", None, TaskClass("edit", "new", "")),
    ],
)
def test_class(file: str, body: bytes | None, expected: TaskClass) -> None:
    assert find_task_class(Task("x", file=file), body) == expected
