"""On the command line, too, a cap ends the command in plain words, and the same one goes on."""

import pytest
from support.project import Project

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

FIXED = "def withdraw(balance, amount):\n    return balance - amount\n"
ASK = "### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n"
GOOD = f"## reply: fix\n```python\n{FIXED}```\n"


def cap(project: Project, tokens: int) -> None:
    project.models(local=GOOD)
    with (project.room / "bricklayer.toml").open("a") as file:
        file.write(f"[spending]\njob_tokens = {tokens}\n")


def test_a_run_at_a_cap_says_which_and_goes_on_once_there_is_room(project: Project) -> None:
    plan = project.plan(ASK)
    cap(project, 100)
    code, out = project.bricklayer("run", plan)
    assert code == 2, out
    assert "the cap of 100 tokens for this job is reached: 0 are spent" in out
    assert "Raise `job_tokens` under `[spending]`" in out
    assert "Traceback" not in out
    cap(project, 100_000)
    code, out = project.bricklayer("run", plan)
    assert code == 0, out
    assert project.landed() == ["fix"]
    code, out = project.bricklayer("doctor")
    assert "of 200,000,000 tokens, 0.00 of 100.00" in out
