"""`[gate] mutation`: whether the checks of a job notice small changes to what it wrote."""

import json

import pytest
from support.project import CONFIG, Project

FIXED = "def withdraw(balance, amount):\n    if amount < 0:\n        raise ValueError\n    return balance - amount\n"
FIX = f"### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n\n```python file=bank.py\n{FIXED}```\n"


def _begin(project: Project, gate: str) -> None:
    project.write(".bricklayer.toml", f"{CONFIG}\n[gate]\n{gate}\n")
    project.commit()


@pytest.mark.slow
def test_what_no_check_notices_is_told(project: Project) -> None:
    """The job passes all the same: how good its tests are is for a person to judge."""
    _begin(project, "mutation = 3")
    code, out = project.bricklayer("run", project.plan(FIX), "--json")
    assert code == 0, out
    result = json.loads(out.splitlines()[-1])
    assert result["notes"][0].endswith("of 3 changes to the job's lines are noticed")
    assert any(note.startswith("not noticed: bank.py:2: ") for note in result["notes"])
    assert not result["lost_tests"]


@pytest.mark.slow
def test_below_the_bound_a_person_is_asked(project: Project) -> None:
    """By the same way as for tests that are lost, so that a ticket waits for approval."""
    _begin(project, "mutation = 50\nmutation_min = 90")
    code, out = project.bricklayer("run", project.plan(FIX), "--json")
    assert code == 0, out
    result = json.loads(out.splitlines()[-1])
    assert "below 90 %, as bank.py:2: " in result["lost_tests"][0]
    again = project.bricklayer("run", project.plan(FIX), "--json", "--branch", "again")[1]
    assert json.loads(again.splitlines()[-1])["notes"] == result["notes"]


@pytest.mark.slow
def test_the_time_for_all_of_them_has_an_end(project: Project) -> None:
    """What there was no time for is said."""
    _begin(project, "mutation = 20\nmutation_time = 0.01")
    code, out = project.bricklayer("run", project.plan(FIX))
    assert code == 0, out
    assert "there was time for 1 of " in out


@pytest.mark.slow
def test_a_killed_run_goes_on_with_the_next_mutant(project: Project) -> None:
    """What was tried is not tried again, and the end is the same."""
    _begin(project, "mutation = 6")
    plan = project.plan(FIX)
    project.killed_at("a mutant", "before", "run", plan, call=3)
    code, out = project.bricklayer("run", plan, "--json")
    assert code == 0, out
    told = [line for line in out.splitlines() if '"mutant bank.py' in line]
    assert len(told) == 4
    assert " of 6 changes" in json.loads(out.splitlines()[-1])["notes"][0]
