"""A tier in agent mode, through `bricklayer run`: scripted models, real git, checks and sandbox."""

import json

from support.project import Project

TASK = """### Task: fix
- file: bank.py
- check: test tests/test_bank.py

withdraw must subtract.
"""
OLD, NEW = "    return balance + amount", "    return balance - amount"
RED = "    return balance * amount"


def call(tool: str, **arguments: object) -> str:
    return f"```json\n{json.dumps({'tool': tool, **arguments})}\n```"


def block(old: str, new: str, path: str = "bank.py") -> str:
    return f"{path}\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE"


READ = call("read", path="bank.py")
CHECK = call("check", name="test tests/test_bank.py")


def test_a_task_is_done_in_turns(project: Project) -> None:
    """Reading, editing and checking by JSON in a text; the commit is what the turns made."""
    project.agent([READ, block(OLD, NEW), CHECK])
    code, out = project.bricklayer("run", project.plan(TASK))
    assert code == 0, out
    assert "passed after 3 turns: its checks pass" in out
    assert NEW in project.git("show", "bricklayer/mend-it:bank.py")
