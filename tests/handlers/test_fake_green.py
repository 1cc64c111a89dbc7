"""`bricklayer run` says what a person should look at before a branch that is green is merged."""

import pytest
from support.project import Project

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

ASK = "### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n"
WRONG = "def withdraw(balance, amount):\n    return amount\n"
PATCHED = f"import unittest\n\nunittest.TestCase.assertEqual = lambda *a, **k: None\n\n\n{WRONG}"
AT_EXIT = f"import atexit\nimport os\n\natexit.register(os._exit, 0)\n\n\n{WRONG}"
FIXED = "def withdraw(balance, amount):\n    return balance - amount\n"


def reply(code: str) -> str:
    return f"## reply: fix\n```python\n{code}```\n"


def test_a_diff_that_may_fake_its_tests_is_told_with_the_result(project: Project) -> None:
    project.models(local=reply(PATCHED))
    code, out = project.bricklayer("run", project.plan(ASK))
    assert code == 0, out
    assert "look at these before you merge it:" in out
    assert "bank.py: code with" in out
    assert "unittest" in out


def test_an_exit_code_that_hides_failed_tests_is_red(project: Project) -> None:
    project.models(local=reply(AT_EXIT))
    code, out = project.bricklayer("run", project.plan(ASK))
    assert code == 1, out
    assert "1 of 1 tests failed, though it ended with exit 0" in out


@pytest.mark.slow
def test_an_honest_diff_has_nothing_to_look_at(project: Project) -> None:
    project.models(local=reply(FIXED))
    code, out = project.bricklayer("run", project.plan(ASK))
    assert code == 0, out
    assert "look at these" not in out
