"""A check without any test to run: told before a model is asked, where nothing will bring one."""

import pytest
from support.project import CONFIG, TEST, Project

FIXED = "def withdraw(balance, amount):\n    return balance - amount\n"
ASK = "### Task: fix\n- file: bank.py\n- check: test\n\nwithdraw() must subtract.\n"
COVER = (
    "### Task: cover\n- file: tests/test_bank.py\n- check: test\n{}\n"
    f"```python file=tests/test_bank.py\n{TEST}```\n\n"
)
TESTED = f"```python file=tests/test_bank.py\n{TEST}```\n"


def without_tests(project: Project, run: str) -> None:
    (project.repo / "tests/test_bank.py").unlink()
    project.write(".bricklayer.toml", CONFIG.replace("python3 -m unittest -q", run))
    project.commit()
    project.models(local=f"## reply: fix\n```python file=bank.py\n{FIXED}```\n")


@pytest.mark.parametrize(
    "run",
    [
        "python3 -m unittest -q",
        "echo '=== no tests ran in 0.01s ==='; exit 5",  # as pytest ends, where it is not there
    ],
)
def test_no_test_and_none_to_come_is_the_plans_fault(project: Project, run: str) -> None:
    """No attempt is made: the plan's fault is told with what would mend it."""
    without_tests(project, run)
    code, out = project.bricklayer("run", project.plan(ASK))
    assert code == 2
    assert "plan fault: the job's check test cannot run: no test was collected" in out
    assert "bank.py will bring none: write the tests in the task, or in one" in out
    assert "not a single token was spent" in out
    assert "red there" not in out
    assert project.landed() == []


def test_a_task_is_told_of_it_though_another_that_does_not_come_before_writes_them(
    project: Project,
) -> None:
    """What proves a task is on its base, or it writes it."""
    without_tests(project, "python3 -m unittest -q")
    late = COVER.format("- after: fix\n- guard: yes\n")
    code, out = project.bricklayer("run", project.plan(f"{ASK}\n{late}"))
    assert code == 1
    assert "not a single token was spent" in out
    assert "plan fault: the check of fix cannot run: no test was collected" in out


@pytest.mark.slow
def test_a_task_that_brings_the_tests_is_built(project: Project) -> None:
    """It writes them itself, in a block, beside the file it mends."""
    without_tests(project, "python3 -m unittest -q")
    body = f"### Task: fix\n- file: bank.py\n- check: test\n\n```python file=bank.py\n{FIXED}```\n"
    code, out = project.bricklayer("run", project.plan(body + TESTED))
    assert code == 0, out
    assert project.landed() == ["fix"]


@pytest.mark.slow
def test_a_task_after_one_that_wrote_the_tests_is_built(project: Project) -> None:
    without_tests(project, "python3 -m unittest -q")
    cover = COVER.format("").replace("- check: test", "- exists: tests/test_bank.py")
    body = cover + ASK.replace("- check", "- after: cover\n- check")
    code, out = project.bricklayer("run", project.plan(body))
    assert code == 0, out
    assert project.landed() == ["cover", "fix"]
