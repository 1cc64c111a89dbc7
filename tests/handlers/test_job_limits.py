"""A job that has used up one of its limits is paused, and a person has it go on."""

import re

import pytest
from support.project import CONFIG, Project

FIX = "### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n"


def reply(sign: str) -> str:
    text = f"def withdraw(balance, amount):\n    return balance {sign} amount\n"
    return f"## reply: fix\n```python\n{text}```\n"


@pytest.mark.slow
def test_at_its_limit_a_job_pauses_and_resume_goes_on_where_it_was(project: Project) -> None:
    """The same command alone gives it no more room: else a loop around it would have no limit."""
    project.write(".bricklayer.toml", f"{CONFIG}\n[limits]\ntokens = 100\n")
    project.commit()
    project.models(local=reply("*") + reply("-"))
    plan = project.plan(FIX)
    for _ in range(2):
        code, out = project.bricklayer("run", plan)
        assert code == 2, out
        found = re.search(r"`bricklayer resume (\w+)` goes on where it was", out)
        assert found, out
        assert "the job's limit of 100 tokens is reached" in out
    code, out = project.bricklayer("resume", found[1])
    assert code == 0, out
    assert project.landed() == ["fix"]
    assert "Bricklayer-Attempt: 2" in project.git("log", "--format=%B", "bricklayer/mend-it")
