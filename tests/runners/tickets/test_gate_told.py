"""What the gate looks at beyond a job's checks, as people on GitHub are told of it."""

from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.in_process import bank, inside
from support.machine import CONFIG, FILES, GOOD, MODELS, PLAN, pull_of, said, status

from bot.ticket.stages import Stage

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

WORD = "zanzibar"
HELD = (
    "import unittest\nfrom bank import withdraw\n\n\nclass Held(unittest.TestCase):\n"
    f"    def test_{WORD}(self):\n        self.assertEqual(withdraw(9, 3), {{}})\n"
)
HOLD = "\n### Task: hold\n- hidden: yes\n- check: test test_held.py\n\n```python file=test_held.py\n{}```\n"
COVER = (
    "\n### Task: cover\n- file: test_zero.py\n- after: fix-withdraw\n- check: test test_zero.py\n"
    "- bites: no: it documents zero\n\n```python file=test_zero.py\nimport unittest\n\n"
    "from bank import withdraw\n\n\nclass Zero(unittest.TestCase):\n    def test_zero(self):\n"
    "        self.assertEqual(withdraw(0, 0), 0)\n```\n"
)
READS_ALL = CONFIG.replace(
    'run = "python3', 'git = true\nrun = "(git log -p --all; cat * */*) 2>&1; python3', 1
)


def test_a_pull_request_tells_waivers_and_mutants(github: GitHub, tmp_path: Path) -> None:
    """Whoever merges it reads which test proves nothing, and what no check noticed."""
    files = {**FILES, ".bricklayer.toml": f"{CONFIG}\n[gate]\nmutation = 2\n"}
    models = {**MODELS, "planner": said(PLAN + COVER)}
    with inside(tmp_path, github, models=models) as bot:
        issue = bank(github, files)
        github.ci_on("octocat/bank")
        issue.label("bricklayer", by=github.person("mona"))
        assert bot.advance().stage is Stage.CI, status(issue)
    body = pull_of(issue).body
    assert "its tests need not fail without a fix: it documents zero" in body
    assert "changes to the job's lines are noticed" in body


def test_a_held_back_test_blocks_and_stays_unknown(github: GitHub, tmp_path: Path) -> None:
    """Its text is in the plan's commit alone: nothing that a check read of the branch had it."""
    models = {**MODELS, "planner": said(PLAN + HOLD.format(HELD.format(7)))}
    with inside(tmp_path, github, models=models) as bot:
        issue = bank(github, {**FILES, ".bricklayer.toml": READS_ALL})
        issue.label("bricklayer", by=github.person("mona"))
        ticket = bot.advance()
        assert ticket.stage is Stage.BLOCKED, status(issue)
        assert "hold, held back, does not pass" in ticket.why
        assert GOOD in issue.repo.git.git("show", f"{ticket.remote.branch}:bank.py") + "\n"
    assert WORD not in status(issue)
    evidence = [path for path in tmp_path.rglob("evidence/**/*") if path.is_file()]
    told = {path.name for path in evidence if WORD in path.read_text()}
    assert told
    assert all(name.startswith(("job.held-back", "plan")) for name in told), told
