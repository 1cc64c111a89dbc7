"""`bricklayer eval`: finished tasks are done again by other models, in a place of their own."""

import json
from typing import Any

import pytest
from support.project import Project

HELD = """\
import unittest

from bank import withdraw


class Held(unittest.TestCase):
    def test_overdraft(self):
        with self.assertRaises(ValueError):
            withdraw(1, 2)
"""
FIX = "### Task: fix\n- file: bank.py\n- check: test tests/test_bank.py\n\nFix: subtract.\n"
HOLD = (
    "\n### Task: hold\n- hidden: yes\n- check: test tests/test_hold.py\n"
    f"\n```python file=tests/test_hold.py\n{HELD}```\n"
)
PLAIN = "def withdraw(balance, amount):\n    return balance - amount\n"
CAREFUL = (
    "def withdraw(balance, amount):\n    if amount > balance:\n        raise ValueError(amount)\n"
    "    return balance - amount\n"
)
WRONG = "def withdraw(balance, amount):\n    return 0\n"
SAID = "## reply: {}\n```python\n{}```\n"


def evaluate(project: Project, *args: str) -> tuple[int, dict[str, Any]]:
    code, out = project.bricklayer("eval", "--quiet", "--json", *args)
    return code, json.loads(out)


@pytest.mark.slow
def test_a_finished_task_is_judged_by_its_check_and_by_what_was_held_back(
    project: Project,
) -> None:
    """Each tier alone does it again where it began; hidden tests tell apart two that pass."""
    project.models(local=SAID.format("fix", CAREFUL))
    code, out = project.bricklayer("run", project.plan(FIX + HOLD))
    assert code == 0, out
    refs = project.git("for-each-ref")
    project.models(local=SAID.format("fix", PLAIN), senior=SAID.format("fix", CAREFUL))
    code, told = evaluate(project)
    assert code == 0
    local, senior = told["replays"]
    assert (local["configuration"]["tier"], senior["configuration"]["tier"]) == ("local", "senior")
    assert (local["kind"], local["size"], local["language"]) == ("fix", "short", "python")
    assert (local["passed"], local["hidden_passed"]) == (True, False)
    assert (senior["passed"], senior["hidden_passed"]) == (True, True)
    assert local["tokens_in"] > 0
    assert local["attempts"] == 1
    assert project.git("for-each-ref") == refs
    code, jobs = project.bricklayer("jobs", "--json")
    assert len(json.loads(jobs)["jobs"]) == 1


COVER = (
    "\n### Task: cover\n- file: tests/test_more.py\n- after: fix\n- check: test tests/test_more.py\n"
    "\nTest that withdraw subtracts.\n"
)
MORE = """\
import unittest

from bank import withdraw


class More(unittest.TestCase):
    def test_more(self):
        self.assertEqual(withdraw(9, 4), {})
"""


@pytest.mark.slow
def test_a_test_that_proves_nothing_does_not_pass_when_it_is_written_again(
    project: Project,
) -> None:
    """The earlier work is there, and it has to fail without it: as in the job itself."""
    good, empty = MORE.format(5), MORE.format("withdraw(9, 4)")
    fix = SAID.format("fix", PLAIN)
    project.models(local=fix + SAID.format("cover", good))
    code, out = project.bricklayer("run", project.plan(FIX + COVER))
    assert code == 0, out
    project.models(local=fix + SAID.format("cover", empty), senior=fix + SAID.format("cover", good))
    code, told = evaluate(project)
    assert code == 0, told
    ends = {
        (each["task"].partition("/")[2], each["configuration"]["tier"]): each["passed"]
        for each in told["replays"]
    }
    assert ends == {
        ("fix", "local"): True,
        ("fix", "senior"): True,
        ("cover", "local"): False,
        ("cover", "senior"): True,
    }
    assert {each["kind"] for each in told["replays"]} == {"fix", "test"}


@pytest.mark.slow
def test_killed_between_two_replays_it_goes_on_with_what_is_left(project: Project) -> None:
    """What is kept is not run again, even by a model that by now would answer otherwise."""
    project.models(local=SAID.format("fix", PLAIN))
    code, out = project.bricklayer("run", project.plan(FIX))
    assert code == 0, out
    project.models(local=SAID.format("fix", PLAIN), senior=SAID.format("fix", PLAIN))
    code, out = project.killed_after(2, "eval", "--runs", "2")
    assert code == -9, out
    project.models(local=SAID.format("fix", WRONG), senior=SAID.format("fix", WRONG))
    code, told = evaluate(project, "--runs", "2")
    assert code == 0
    assert len(told["replays"]) == 4
    assert 1 <= sum(each["passed"] for each in told["replays"]) < 4
    project.models(local=SAID.format("fix", PLAIN), senior=SAID.format("fix", PLAIN))
    assert evaluate(project, "--runs", "2")[1]["replays"] == told["replays"]
    code, fresh = evaluate(project, "--runs", "2", "--fresh")
    assert all(each["passed"] for each in fresh["replays"])


@pytest.mark.slow
def test_a_dry_run_asks_nobody_and_tells_what_is_left_out(project: Project) -> None:
    project.models(local=SAID.format("fix", PLAIN))
    exact = "\n### Task: exact\n- exists: a.py\n\n```python file=a.py\nA = 1\n```\n"
    code, out = project.bricklayer("run", project.plan(exact, "checks: [true]"))
    assert code == 0, out
    code, out = project.bricklayer("eval", "--dry-run")
    assert code == 2, out
    assert "its content is given exactly: no model is asked" in out
