"""Who begins a kind of task: proposed, merged, used, taken back, and proposed again by new runs."""

import json
import re
import subprocess
import time
from pathlib import Path

import pytest
from fake_github.repo import Repo
from fake_github.world import GitHub
from support.measured import keep_runs
from support.project import BANK, CONFIG, TEST, Project

PLAN = "### Task: fix\n- file: bank.py\n- check: test\n\nMend withdraw.\n"
REPLY = """\
## reply: fix, attempt 1-9

bank.py
<<<<<<< SEARCH
    return balance + amount
=======
    return balance - amount
>>>>>>> REPLACE
"""


def keep_both(project: Project, runs: int, at: float) -> None:
    """Both tiers did so many tasks; local one less than senior, at a tenth of the price."""
    state = project.room / "state" / "bricklayer"
    for tier, failed, cost in (("local", 1, 0.002), ("senior", 0, 0.02)):
        name = f"script:{tier}.md"
        keep_runs(state, tier, name, runs - failed, runs=runs, tasks=runs, cost=cost, at=at)


@pytest.fixture
def project(github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A person's clone, and a machine that goes by what was measured, where senior is the dearer."""
    mona = github.person("mona", permission="admin")
    files = {".bricklayer.toml": CONFIG, "bank.py": BANK, "tests/test_bank.py": TEST}
    repo = github.repo("octocat/bank", {**files, "tests/__init__.py": ""})
    monkeypatch.setenv("BRICKLAYER_TOKEN", github.token(mona))
    made = Project(tmp_path)
    subprocess.run(["git", "clone", "-q", str(repo.git.path), str(made.repo)], check=True)
    made.git("remote", "set-url", "origin", f"{github.html_url}/octocat/bank.git")
    made.models(local=REPLY, senior=REPLY)
    settings = made.room / "bricklayer.toml"
    told = f'tier = "auto"\n{settings.read_text()}\n[github]\napi_url = "{github.api_url}"\n'
    settings.write_text(told)
    return made


def promote(project: Project) -> dict[str, object]:
    code, out = project.bricklayer("promote", "--pull-request", "--json")
    assert code == 0, out
    found: dict[str, object] = json.loads(out)
    return found


def find_why(project: Project, name: str) -> str:
    """Why the task begins as it does, as a job of that name tells it."""
    plan = project.plan(PLAN)
    code, out = project.bricklayer("run", plan, "--branch", name)
    assert code == 0, out
    found = re.search(r"begins with (.*)", out)
    assert found, out
    return found[1]


def fetch(project: Project, repo: Repo) -> None:
    project.git("pull", "-q", str(repo.git.path), "main")


@pytest.mark.slow
def test_a_promotion_is_merged_used_taken_back_and_proposed_again_by_new_runs(
    github: GitHub, project: Project
) -> None:
    """What people took back is not said again by what they knew, however often it is asked for."""
    mona, repo = github.person("mona"), github.repo("octocat/bank")
    keep_both(project, 40, time.time() - 60)
    assert promote(project)["changes"] == {
        "fix": {"tier": "local", "local": "script:local.md", "senior": "script:senior.md"}
    }
    (first,) = repo.pulls
    assert first.title == "Begin fix with local"
    first.merge(by=mona)

    stale = promote(project)
    assert [each["state"] for each in stale["done"]] == ["merged"]  # type: ignore[attr-defined]
    fetch(project, repo)
    assert "local, as [auto.fix] of .bricklayer.toml says" in find_why(project, "merged")
    assert promote(project)["changes"] == {}

    project.git("revert", "--no-edit", "-m", "1", "HEAD")
    project.git("push", "-q", str(repo.git.path), "HEAD:main")
    revert = project.git("rev-parse", "HEAD")
    since = float(project.git("log", "-1", "--format=%ct")) + 2
    assert "by what was measured of fix short python" in find_why(project, "taken-back")
    told = promote(project)
    assert (told["changes"], told["done"]) == ({}, [])
    assert told["kinds"][0]["verdict"] == "reverted"  # type: ignore[index]
    keep_both(project, 29, since)
    assert promote(project)["done"] == [], "29 runs are too few to say it again"
    assert len(repo.pulls) == 1

    keep_both(project, 40, since + 1)
    (opened,) = promote(project)["done"]  # type: ignore[misc]
    assert opened["state"] == "opened"
    second = repo.pulls[-1]
    assert (len(repo.pulls), second.title) == (2, "Begin fix with local")
    assert revert[:12] in second.body
    assert "- 40 of local (fix 40): from before people took the change back" in second.body
    second.merge(by=mona)
    fetch(project, repo)
    assert promote(project)["changes"] == {}
