"""`[setup]` has the network: no code of a branch, which a model wrote, may be what it runs."""

import json
import subprocess
from pathlib import Path

import pytest

from bot.config.machine import Settings
from bot.config.repository import RepoConfig
from bot.errors import PlanError, UserError
from bot.plan import Task
from runners.build.check_commit import check_commit
from runners.build.load_plan import RunRequest, load_plan
from runners.build.run import run_job
from runners.build.start_check import run_start_check
from runners.planning.warnings import SETUP_HINT, find_warnings

CONFIG = """\
[checks.test]
run = "cat $BRICKLAYER_SETUP/who; test $(cat $BRICKLAYER_SETUP/who) = trusted"
[setup]
command = "sh tools/deps.sh"
lock_files = ["tools/deps.txt"]
"""
PLAN = """\
---
title: Round
checks: [test]
---
## Phase: Do

### Task: look
- file: {file}
- check: test

```text file={file}
x
```
"""


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """`main` as a person left it, and a pull request whose model wrote another setup script."""
    folder = tmp_path / "repo"
    (folder / "tools").mkdir(parents=True)
    (folder / ".bricklayer.toml").write_text(CONFIG)
    write = "git init -q -b main . && git add -A && git commit -qm trusted && git switch -qc pull"
    (folder / "tools/deps.sh").write_text("echo trusted > $BRICKLAYER_SETUP/who\n")
    (folder / "tools/deps.txt").write_text("1\n")
    subprocess.run(["sh", "-ec", write], cwd=folder, check=True, timeout=30)
    (folder / "tools/deps.sh").write_text("echo model > $BRICKLAYER_SETUP/who\n")
    (folder / "tools/deps.txt").write_text("2\n")
    line = "git commit -qam model && git switch -q main"
    subprocess.run(["sh", "-ec", line], cwd=folder, check=True, timeout=30)
    return folder


def request_of(repo: Path, file: str = "x.txt") -> RunRequest:
    return RunRequest(PLAN.format(file=file), repo, base=commit_of(repo, "pull"), rules="main")


def commit_of(repo: Path, name: str) -> str:
    argv = ["git", "rev-parse", name]
    return subprocess.run(argv, cwd=repo, capture_output=True, text=True, check=True).stdout.strip()


def caches(state: Path) -> list[str]:
    """The commits that setup ran on."""
    found = state.glob("repos/*/setup/*/complete.json")
    return [json.loads(path.read_text())["commit"] for path in found]


@pytest.mark.parametrize("way", ["round", "merge", "preview"])
def test_setup_runs_on_the_default_branch_whatever_commit_is_built_on(
    repo: Path, tmp_path: Path, way: str
) -> None:
    """A round on a pull request, the check of a merge, a preview of a task's first check."""
    settings = Settings(state_dir=str(tmp_path / "state"))
    if way == "round":
        # The check is green before anything is done, so no model is asked.
        result = run_job(request_of(repo), settings, lambda _event: None)
        assert "passes before anything is done" in result.why
    elif way == "merge":
        assert check_commit(request_of(repo), settings, lambda _event: None).passed
    else:
        plan = load_plan(request_of(repo))
        task: Task = plan.job.tasks[0]
        assert not run_start_check(plan, task, plan.base, settings).digest
    assert caches(tmp_path / "state") == [commit_of(repo, "main")]


def test_a_plan_that_changes_what_setup_reads_is_told_what_then_happens(repo: Path) -> None:
    """Its own lock files and the script that the command names, not only well-known names."""
    for path in ("tools/deps.sh", "tools/deps.txt", "uv.lock"):
        try:
            plan = load_plan(request_of(repo, path))
        except (PlanError, UserError) as exc:
            pytest.fail(str(exc))
        warnings = find_warnings(plan.repo, plan.base, plan.job, plan.config)
        assert [each.what for each in warnings if each.hint == SETUP_HINT] == [
            f"task look writes {path}: [setup] does not see it"
        ]
        assert not find_warnings(plan.repo, plan.base, plan.job, RepoConfig())
