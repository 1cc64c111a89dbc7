"""What a run is named after."""

import re
import subprocess
from pathlib import Path

import pytest

from bot.github.mirror import open_remote
from bot.plan import peek_job
from runners.build.load_plan import RunRequest, name_job
from runners.tickets.plan_branch import free_branch

PLAN = """\
---
title: {title}
issue: octocat/bank#12
checks: [test]
---

## Phase: Implement

### Task: fix
- file: bank.py
- check: test

Subtract.
"""


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Withdraw must subtract", "bricklayer/12-withdraw-must-subtract"),
        ("Ärger: 'a' & ../b.lock", "bricklayer/12-rger-a-b-lock"),
        ("x" * 39 + " end that is cut", f"bricklayer/12-{'x' * 39}"),
        ("a title of exactly as many characters as one more", None),
        ("日本語", "bricklayer/12-job"),
    ],
)
def test_an_issue_has_one_branch_name_however_it_is_built(
    title: str, name: str | None, tmp_path: Path
) -> None:
    """`run` names the branch of an issue's plan as `serve` does, and git takes the name."""
    text = PLAN.format(title=title)
    subprocess.run(("git", "init", "-q", str(tmp_path / "repo")), check=True, timeout=60)
    by_run, _ = name_job(RunRequest(text, tmp_path / "repo"))
    remote = open_remote(tmp_path / "mirror.git", "https://unused.invalid", str, tuple)
    by_serve = free_branch(remote, 12, peek_job(text).title)
    assert by_run == by_serve == (name or by_run)
    assert re.fullmatch(r"bricklayer/12-[a-z0-9-]{1,40}", by_run)
