"""A base that is red says why, and what no task can mend is told before a model is paid."""

import pytest
from support.project import CONFIG, Project

SLOW = pytest.mark.slow
FIXED = "def withdraw(balance, amount):\n    return balance - amount\n"
ASK = "### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n"
GOOD = f"## reply: fix\n```python\n{FIXED}```\n"


@pytest.mark.slow
def test_a_red_base_says_why_in_some_lines_and_is_no_good_sign(project: Project) -> None:
    """Neither `ok` nor without a word: five lines of what it printed stand below."""
    project.models(local=GOOD)
    code, out = project.bricklayer("run", project.plan(ASK))
    assert code == 0, out
    lines = out.splitlines()
    at = next(n for n, line in enumerate(lines) if "test is red on the base" in line)
    assert lines[at] == ".. check   test is red on the base: 1 of 1 tests failed, exit 1"
    below = [line for line in lines[at + 1 : at + 6] if line.startswith("           ")]
    assert any("AssertionError: 7 != 3" in line for line in below), out
    assert len(below) <= 5
    assert (
        "passes on the base"
        in project.bricklayer(
            "run",
            project.plan(ASK, "base: bricklayer/mend-it\nchecks: [test]"),
            "--branch",
            "again",
        )[1]
    )


@pytest.mark.parametrize(
    ("run", "what"),
    [
        ("make test", "make has no target test"),
        pytest.param(
            "echo 'npm error Missing script: \"test\"'; exit 1",
            "package.json has no script test",
            marks=SLOW,
        ),
        pytest.param("no-such-program", "did not find its command", marks=SLOW),
    ],
)
@pytest.mark.slow
def test_a_check_that_no_task_can_mend_stops_before_a_model_is_asked(
    project: Project, run: str, what: str
) -> None:
    """Exit 2, whether it is the job's check or a task's; and mended, the job begins on the new base."""
    project.models(local=GOOD)
    project.write("Makefile", "all:\n\ttrue\n")
    project.write(".bricklayer.toml", f"{CONFIG}\n[checks.odd]\nrun = '''{run}'''\n")
    project.commit()
    plan = project.plan(ASK, "checks: [odd]")
    code, out = project.bricklayer("run", plan)
    assert code == 2, out
    assert what in out
    assert "no check   odd cannot run on the base: " in out
    assert "attempt" not in out.split("tier")[0]
    project.write(".bricklayer.toml", f"{CONFIG}\n[checks.odd]\nrun = 'true'\n")
    project.commit()
    code, out = project.bricklayer("run", plan)
    assert code == 0, out
    assert "odd passes on the base" in out


@SLOW
@pytest.mark.parametrize("run", ["python3 -m unittest -q", "echo 'no tests ran in 0.01s'; exit 5"])
def test_a_check_of_a_file_that_its_task_does_not_write_is_told_at_once(
    project: Project, run: str
) -> None:
    """Nobody is asked for an edit of one file that could bring another one about."""
    project.models(local=GOOD)
    project.write(".bricklayer.toml", f'{CONFIG}\n[checks.one]\nrun = "{run}"\n')
    project.commit()
    ask = ASK.replace("check: test", "check: one tests/test_absent.py")
    code, out = project.bricklayer("run", project.plan(ask))
    assert code == 1, out
    assert "tests/test_absent.py, which it names, is not there, and this task does not" in out, out
    assert "attempt fix" not in out
    own = "### Task: cover\n- file: tests/test_absent.py\n- check: one tests/test_absent.py\n\nWrite.\n"
    project.models(local="## reply: cover\nNo idea.\n")
    code, out = project.bricklayer("run", project.plan(own), "--branch", "own")
    assert "attempt cover" in out
