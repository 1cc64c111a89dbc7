"""Tests that a plan holds back: the finished work must pass them, and no model ever reads them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.project import CONFIG, Project

WORD = "zanzibar_overdraft"
HELD = f"""\
import unittest

from bank import withdraw


class Held(unittest.TestCase):
    def test_{WORD}(self):
        with self.assertRaises(ValueError):
            withdraw(1, 2)
"""
FIX = "### Task: fix\n- file: bank.py\n- check: test tests/test_bank.py\n\nSubtract.\n"
HOLD = (
    "\n### Task: hold\n- hidden: yes\n- check: test tests/test_hold.py\n"
    f"\n```python file=tests/test_hold.py\n{HELD}```\n"
)
PLAIN = "def withdraw(balance, amount):\n    return balance - amount\n"
CAREFUL = (
    "def withdraw(balance, amount):\n    if amount > balance:\n        raise ValueError(amount)\n"
    "    return balance - amount\n"
)
WRONG = "def withdraw(balance, amount):\n    return {}\n"
DONE = '```json\n{"tool": "done"}\n```'
SAID = "## reply: fix\n```python\n{}```\n"


@pytest.mark.slow
def test_what_is_held_back_decides_at_the_end(project: Project) -> None:
    """The job does not pass; a person reads which test said so, and in the evidence why."""
    project.models(local=SAID.format(PLAIN))
    code, out = project.bricklayer("run", project.plan(FIX + HOLD))
    assert code == 1, out
    assert "the final gate: hold, held back, does not pass" in out
    assert WORD not in out
    code, told = project.bricklayer("show", "held-back")
    assert code == 0
    assert WORD in told
    assert project.landed() == ["fix"]


@pytest.mark.slow
@pytest.mark.parametrize("body", [CAREFUL, PLAIN + "\n\nLIMIT = 1\n"])
def test_a_planner_is_asked_once_for_what_it_misses(project: Project, body: str) -> None:
    """It hears that it fails and the plan's one line on it; who writes code hears not even that."""
    more = "## reply: replan 1\n### Task: more\n- file: bank.py\n- guard: yes\n- check: test\n\nNo overdraft.\n"
    said = SAID.replace("reply: fix", "reply: more").format(body)
    project.models(local=SAID.format(PLAIN) + said, planner=more)
    hold = HOLD.replace(
        "\n```python", "\nWhat is not there is not paid out.\nNot shown.\n\n```python", 1
    )
    code, out = project.bricklayer("run", project.plan(FIX + hold))
    assert (code == 0) == (body == CAREFUL), out
    assert "replan 1: planned anew: more" in out
    assert project.landed() == ["fix", "more"]
    assert "replan 2" not in out
    evidence = [path for path in (project.room / "state").rglob("evidence/**/*") if path.is_file()]
    kept = {path.name: path.read_text() for path in evidence}
    assert "- hold: What is not there is not paid out." in kept["replan-1-1.txt"]
    for name, text in kept.items():
        held = name.startswith("job.held-back")
        assert held or not any(each in text for each in (WORD, "test_hold", "Not shown")), name
        assert held or name.startswith("replan") or "not paid out" not in text, name


@pytest.mark.slow
def test_no_tool_of_an_agent_finds_what_is_held_back(project: Project) -> None:
    """Neither by searching, nor by reading its path, nor as a check that may be run."""
    calls = [
        {"tool": "search", "text": "overdraft"},
        {"tool": "search", "text": "zanzi.*", "regex": True},
        {"tool": "read", "path": "tests/test_hold.py"},
        {"tool": "read", "path": "tests"},
        {"tool": "check", "name": "test tests/test_hold.py"},
        {"tool": "check", "name": "hold"},
    ]
    said = "\n\n".join(f"```json\n{json.dumps(call)}\n```" for call in calls)
    project.agent([said, f"```python\n{CAREFUL}```", DONE])
    code, out = project.bricklayer("run", project.plan(FIX + HOLD))
    assert code == 0, out
    shown = project.bricklayer("show", "fix")[1]
    assert "turn 1: search 'overdraft': 0 lines" in shown
    assert shown.count("unknown") == 2
    assert WORD not in shown


@pytest.mark.slow
def test_work_that_does_all_of_it_passes(project: Project) -> None:
    """And what was held back is in no commit."""
    project.models(local=SAID.format(CAREFUL))
    code, out = project.bricklayer("run", project.plan(FIX + HOLD))
    assert code == 0, out
    assert "hold, held back: passes" in out
    files = project.git("ls-tree", "-r", "--name-only", "bricklayer/mend-it")
    assert "tests/test_hold.py" not in files
    assert WORD not in project.git("log", "-p", "bricklayer/mend-it")


@pytest.mark.slow
def test_no_model_and_no_check_of_a_task_sees_any_of_it(project: Project) -> None:
    """Every prompt of six attempts, every tree, and all that a check may read: none has the text."""
    looks = CONFIG.replace(
        'run = "python3 -m unittest -q"',
        'run = "(git log -p --all; grep -r . . --exclude-dir=.git; env) | head -c 100000;'
        ' python3 -m unittest -q"\ngit = true',
        1,
    )
    project.write(".bricklayer.toml", looks)
    # What a ticket's branch has below the commit that is built on.
    project.write("plan.md", HOLD)
    project.commit()
    project.git("rm", "-q", "plan.md")
    project.commit()
    bad = "".join(SAID.format(WRONG.format(f"amount * {n}")) for n in range(2, 6))
    project.models(local=bad, senior=SAID.format(WRONG.format("amount * 7")) + SAID.format(PLAIN))
    code, out = project.bricklayer("run", project.plan(FIX + HOLD))
    assert code == 1, out
    assert WORD not in out
    evidence = list((project.room / "state").rglob("evidence/**/*"))
    kept = {path.name: path.read_text() for path in evidence if path.is_file()}
    assert any(name.startswith("fix-6") for name in kept)
    told = {name for name, text in kept.items() if WORD in text or "test_hold" in text}
    assert told
    assert all(name.startswith("job.held-back") for name in told)
    for ref in project.git("for-each-ref", "--format=%(objectname)").split():
        assert WORD not in "".join(_texts(project, ref))


def _texts(project: Project, commit: str) -> Iterator[str]:
    for path in project.git("ls-tree", "-r", "--name-only", commit).splitlines():
        yield project.git("show", f"{commit}:{path}")


@pytest.mark.slow
def test_what_can_be_read_where_it_is_built_is_refused(project: Project) -> None:
    """A plan that is committed is no secret to whoever works on that commit."""
    project.models(local=SAID.format(CAREFUL))
    plan = project.plan(FIX + HOLD)
    project.write("docs/plan.md", plan.read_text().replace("Why.", "An older form of it."))
    project.commit()
    code, out = project.bricklayer("run", plan)
    assert code == 2
    assert "what is held back can be read in docs/plan.md, which is committed" in out


@pytest.mark.slow
def test_without_a_sandbox_it_is_refused(project: Project) -> None:
    """Checks could read the plan where it lies."""
    project.models(local=SAID.format(CAREFUL))
    settings = Path(project.room / "bricklayer.toml")
    settings.write_text(f'sandbox = "none"\n{settings.read_text()}')
    code, out = project.bricklayer("run", project.plan(FIX + HOLD))
    assert code == 2, out
    assert "checks run without a sandbox" in out


def test_a_dry_run_tells_people_of_it(project: Project) -> None:
    """Who starts the job sees what will decide at its end."""
    project.models(local=SAID.format(CAREFUL))
    code, out = project.bricklayer("run", project.plan(FIX + HOLD), "--dry-run", "--json")
    assert code == 0, out
    assert json.loads(out)["held_back"] == ["hold: test tests/test_hold.py"]
