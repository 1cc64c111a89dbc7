"""After a task its model says what surprised it: kept, counted, and of no consequence."""

import sqlite3
from contextlib import closing
from typing import Literal

import pytest
from support.project import Project

GOOD = "def withdraw(balance, amount):\n    return balance - amount\n"
TASK = "### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n"
FIXED = f"## reply: fix\n```python file=bank.py\n{GOOD}```\n"
REFLECTION = "## reply: fix.reflection{how}\n{words}\n"
WORDS = "context: `tests/test_bank.py`: what withdraw must do"


KEPT = (
    "SELECT task, kind, subject, about, file, words FROM bricklayer_surprises ORDER BY task, line"
)


def read(project: Project, query: str) -> list[tuple[str, ...]]:
    path = project.room / "state/bricklayer/bricklayer.sqlite"
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall()


def run(project: Project, how: str = "", words: str = WORDS, more: str = "") -> tuple[int, str]:
    project.models(local=FIXED + REFLECTION.format(how=how, words=words))
    settings = project.room / "bricklayer.toml"
    settings.write_text(more + settings.read_text())
    return project.bricklayer("run", project.plan(TASK))


@pytest.mark.slow
def test_what_surprised_a_model_is_kept_with_its_task_and_its_tokens_are_counted(
    project: Project,
) -> None:
    code, out = run(project)
    assert code == 0, out
    about = "tests/test_bank.py"
    assert read(project, KEPT) == [("fix", "context", "file", about, "bank.py", WORDS)]
    asked = read(project, "SELECT sum(tokens), sum(tokens_out) FROM bricklayer_calls WHERE ended")
    entered = read(
        project, "SELECT sum(tokens_in + tokens_out), sum(tokens_out) FROM bricklayer_attempts"
    )
    assert asked == entered
    assert "what surprised the model: context tests/test_bank.py" in out
    code, shown = project.bricklayer("show", "fix.reflection")
    assert code == 0, shown
    assert WORDS in shown


@pytest.mark.parametrize(
    ("how", "words", "more"),
    [
        (", crash", "", ""),
        (", fail 400", "", ""),
        (", fail 429, wait 3000", "", ""),
        (", garbage", "", ""),
        (", repeat", "the same again", ""),
        ("", "NONE", ""),
        ("", "", ""),
        ("", WORDS, "reflection = false\n"),
    ],
)
@pytest.mark.slow
def test_a_job_ends_as_it_would_whatever_becomes_of_the_question(
    project: Project, how: str, words: str, more: str
) -> None:
    """A dead model, a refusal, noise, a loop, nothing at all; and where nobody is to be asked."""
    code, out = run(project, how, words, more)
    assert code == 0, out
    assert project.landed() == ["fix"]
    assert [about for _, _, _, about, _, _ in read(project, KEPT) if about] == []


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_beside_the_question_the_job_ends_and_pays_for_it_once_at_most(
    project: Project, when: Literal["before", "after"]
) -> None:
    """What was not asked then is not asked any more: tasks that were over are not gone through."""
    project.models(local=FIXED + REFLECTION.format(how="", words=WORDS))
    plan = project.plan(TASK)
    project.killed_at("ask what was a surprise", when, "run", plan)
    code, out = project.bricklayer("run", plan)
    assert code == 0, out
    assert project.landed() == ["fix"]
    asked = 1 if when == "after" else 0
    assert len(read(project, KEPT)) == asked
    paid = read(project, "SELECT count(*) FROM bricklayer_calls WHERE tokens_out > 0")
    assert paid == [(1 + asked,)]


@pytest.mark.slow
def test_exact_blocks_are_no_models_work_and_nobody_is_asked(project: Project) -> None:
    block = f"\n```python file=bank.py\n{GOOD}```\n"
    project.models(local=REFLECTION.format(how="", words=WORDS))
    code, out = project.bricklayer("run", project.plan(TASK + block))
    assert code == 0, out
    assert read(project, KEPT) == []
    assert read(project, "SELECT count(*) FROM bricklayer_calls") == [(0,)]
