"""`tier` says which tier begins a task; the other one follows it."""

import re

import pytest
from support.measured import keep_runs
from support.project import Project

PLAN = """### Task: fix
- file: bank.py
- check: test

Mend withdraw.
"""
WRONG, RIGHT = "balance * 2", "balance - amount"


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


@pytest.mark.slow
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


@pytest.mark.slow
def test_what_was_measured_says_who_begins_and_how(project: Project) -> None:
    """It is told as it happens, and stands in the ledger."""
    script(project, RIGHT, RIGHT, "auto")
    keep_runs(project.room / "state" / "bricklayer", "local", "script:local.md", 3)
    keep_runs(project.room / "state" / "bricklayer", "senior", "script:senior.md", 40)
    code, out = project.bricklayer("run", project.plan(PLAN))
    assert code == 0, out
    assert list_asked(out) == ["senior"]
    why = (
        "senior, by what was measured of fix short python: senior 40 of 40 (72 to 100 %) at 0.0000"
    )
    assert f"begins with {why}" in out
    _, shown = project.bricklayer("show", "bricklayer/mend-it", "fix", "--attempt", "1")
    assert f"begun with {why}" in shown


@pytest.mark.slow
def test_with_too_little_measured_it_says_so_and_the_local_tier_begins(project: Project) -> None:
    script(project, RIGHT, RIGHT, "auto")
    keep_runs(project.room / "state" / "bricklayer", "local", "script:another.md", 3)
    code, out = project.bricklayer("run", project.plan(PLAN))
    assert code == 0, out
    assert list_asked(out) == ["local"]
    assert "begins with local, as too few runs of fix were measured: local none, senior none" in out
    assert "40 do not count: 40 of another model than the settings have first" in out
