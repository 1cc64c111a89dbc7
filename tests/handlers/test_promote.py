"""`bricklayer promote` shows what was measured, and proposes who begins which kind of task."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.measured import keep_runs
from support.project import Project
from support.template_client import COMMAND as BRICKLAYER

from bot.config.repository import KindStart, parse_repo_config

CONFIG = '# Ours.\n[checks.test]\nrun = "true"  # fast\n'
SETTINGS = """\
tier = "auto"
[tiers.local]
models = ["script:/srv/local.md"]
[tiers.senior]
models = ["script:/srv/senior.md"]
"""
START = KindStart(tier="senior", local="script:local.md", senior="script:senior.md")


@pytest.mark.slow
def test_a_kind_that_was_lost_is_written_as_a_branch(project: Project) -> None:
    """It is shown first, nothing that is checked out is touched, and a second time nothing is new."""
    (project.room / "bricklayer.toml").write_text(SETTINGS)
    state = project.room / "state" / "bricklayer"
    keep_runs(state, "local", "script:local.md", 3)
    keep_runs(state, "senior", "script:senior.md", 40, cost=0.02)
    keep_runs(state, "local", "script:local.md", 5, runs=5, prompts="older")
    code, out = project.bricklayer("promote")
    assert code == 0, out
    assert "left out: 5 of local (fix 5): of another version of how Bricklayer asks" in out
    assert "3 of 40 (1 to 31 %)" in out
    assert "Begin fix with senior" in out
    heads = project.git("for-each-ref")
    assert "auto-" not in heads
    told = json.loads(project.bricklayer("promote", "--branch", "--json")[1])
    (done,) = told["done"]
    assert told["left_out"] == [{"kind": "fix", "tier": "local", "why": "version", "count": 5}]
    assert done["state"] == "written"
    written = project.git("show", f"{done['where']}:.bricklayer.toml")
    assert parse_repo_config(written).auto == {"fix": START}
    assert written.startswith((project.repo / ".bricklayer.toml").read_text().rstrip())
    assert "| fix | 10 | 3 of 40 (1 to 31 %) |" in project.git(
        "log", "-1", "--format=%B", done["where"]
    )
    assert project.git("status", "--porcelain") == ""
    again = json.loads(project.bricklayer("promote", "--branch", "--json")[1])
    assert again["done"] == [{"state": "there", "where": done["where"]}]
    theirs = project.git("commit-tree", "HEAD^{tree}", "-p", done["where"], "-m", "By hand")
    project.git("branch", "-f", done["where"], theirs)
    code, out = project.bricklayer("promote", "--branch")
    assert code == 2
    assert "it is there already with other content" in out
    assert project.git("rev-parse", done["where"]) == theirs


def test_with_one_tier_there_is_nothing_to_compare(project: Project) -> None:
    code, out = project.bricklayer("promote")
    assert code == 2
    assert "no two tiers to compare" in out


@pytest.fixture
def clone(github: GitHub, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's clone of octocat/bank, a token of theirs that may write there, and runs."""
    mona = github.person("mona", permission="admin")
    repo = github.repo("octocat/bank", {".bricklayer.toml": CONFIG})
    settings = home / ".config" / "bricklayer" / "bricklayer.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'{SETTINGS}[github]\napi_url = "{github.api_url}"\n')
    monkeypatch.setenv("BRICKLAYER_TOKEN", github.token(mona))
    state = home / ".local" / "state" / "bricklayer"
    keep_runs(state, "local", "script:local.md", 3)
    keep_runs(state, "senior", "script:senior.md", 40)
    folder = tmp_path / "bank"
    subprocess.run(["git", "clone", "-q", str(repo.git.path), str(folder)], check=True)
    origin = f"{github.html_url}/octocat/bank.git"
    subprocess.run(["git", "remote", "set-url", "origin", origin], cwd=folder, check=True)
    return folder


def promote(folder: Path) -> str:
    argv = [BRICKLAYER, "promote", "--pull-request"]
    done = subprocess.run(
        argv,
        cwd=folder,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_one_pull_request_has_the_table_and_a_no_holds(github: GitHub, clone: Path) -> None:
    """What a person closed is not opened again."""
    repo = github.repo("octocat/bank")
    assert "opened" in promote(clone)
    (pull,) = repo.pulls
    assert pull.title == "Begin fix with senior"
    assert "| fix | 10 | 3 of 40 (1 to 31 %) | 40 of 40 (72 to 100 %) |" in pull.body
    text = repo.git.read(repo.git.sha(pull.head_ref), ".bricklayer.toml").decode()
    assert text.startswith(CONFIG)
    assert parse_repo_config(text).auto == {"fix": START}
    assert "is open already" in promote(clone)
    pull.close(github.person("mona"))
    assert "a person said no" in promote(clone)
    assert len(repo.pulls) == 1
