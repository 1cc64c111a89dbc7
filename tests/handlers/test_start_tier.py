"""`tier` says which tier begins a task; the other one follows it."""

import re
from pathlib import Path

import pytest
from support.project import Project

PLAN = """### Task: fix
- file: bank.py
- check: test

Mend withdraw.
"""
WRONG, RIGHT = "balance * 2", "balance - amount"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.begin()
    return project


def script(project: Project, local: str, senior: str, rule: str, more: str = "") -> None:
    """Each tier answers the same each time."""
    tables = [f'tier = "{rule}"']
    for tier, body in (("local", local), ("senior", senior)):
        path = f"bank.py\n<<<<<<< SEARCH\n    return balance + amount\n=======\n    return {body}\n"
        reply = f"{path}>>>>>>> REPLACE\n"
        (project.room / f"{tier}.md").write_text(f"## reply: fix, attempt 1-9\n\n{reply}\n")
        tables.append(f'[tiers.{tier}]\nmodels = ["script:{project.room}/{tier}.md"]\n{more}')
    (project.room / "bricklayer.toml").write_text("\n".join(tables))


def list_asked(out: str) -> list[str]:
    """The tiers of the attempts, in their order."""
    return re.findall(r"attempt fix: \d+ (\w+) ", out)


def test_where_senior_begins_the_local_tier_is_not_asked_first(project: Project) -> None:
    script(project, RIGHT, RIGHT, "senior")
    code, out = project.bricklayer("run", project.plan(PLAN))
    assert code == 0, out
    assert list_asked(out) == ["senior"]


@pytest.mark.slow
def test_the_local_tier_follows_a_senior_one_that_fails(project: Project) -> None:
    script(project, RIGHT, WRONG, "senior")
    code, out = project.bricklayer("run", project.plan(PLAN))
    assert code == 0, out
    assert set(list_asked(out)[:-1]) == {"senior"}
    assert list_asked(out)[-1] == "local"


def test_an_unknown_strategy_is_refused_with_those_there_are(project: Project) -> None:
    script(project, RIGHT, RIGHT, "local", 'strategies = ["try harder"]')
    code, out = project.bricklayer("run", project.plan(PLAN))
    assert code == 2
    assert "smallest change, another way" in out
