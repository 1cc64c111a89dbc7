"""A task's kind follows from its file first, then from its words."""

import pytest

from bot.evaluation.task_kind import classify_task
from bot.plan.model import Task


@pytest.mark.parametrize(
    ("task", "exists", "kind"),
    [
        (Task("x", kind="query"), False, "query"),
        (Task("fix-docs", file="docs/use.md"), True, "docs"),
        (Task("fix-it", file="tests/test_bank.py"), True, "test"),
        (Task("fix-it", file="src/bank.py"), False, "create"),
        (Task("x", file="bank.py", text="Rename withdraw to take."), True, "rename"),
        (Task("x", file="bank.py", text="Move it from a.py to b.py."), True, "rename"),
        (Task("fix-withdraw", file="bank.py"), True, "fix"),
        (Task("x", file="bank.py", bites=True), True, "fix"),
        (Task("x", file="bank.py", text="It crashes on an empty list."), True, "fix"),
        (Task("add-interest", file="bank.py", text="Prefixes are kept."), True, "edit"),
    ],
)
def test_kind(task: Task, exists: bool, kind: str) -> None:
    assert classify_task(task, file_exists=exists) == kind


def test_long_words_are_read_in_no_time() -> None:
    text = "move " * 20_000
    assert classify_task(Task("x", file="a.py", text=text), file_exists=True) == "edit"
