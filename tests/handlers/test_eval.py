"""`bricklayer eval`: finished tasks are done again by other models, in a place of their own."""

import json
from typing import Any

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
