"""Published losses of what nobody had asked to be deleted: databases, home folders, branches.

The defences, each of which was taken away once to see its test fail: `--unshare-all` and
`--clearenv` in `runners/sandbox/bubblewrap_options.py`, there too `--ro-bind` of the checkout; that a plan's
checks are the repository's (`known_checks` in `bot/plan/validate.py`); `deletion_reason` in
`bot/approval/diff_risks.py`; that a push names one branch and is never forced
(`Remote.push` in `bot/github/mirror.py`).
"""

import socket
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.planted import plant

from bot.approval.diff_risks import find_diff_risks
from bot.config.machine import Settings
from bot.config.repository import RepoConfig
from bot.errors import PlanError
from bot.git.commits import commit_tree
from bot.git.write_tree import write_tree
from bot.github.mirror import open_remote
from bot.plan import load_job
from runners.sandbox import open_sandbox

DROP = """\
import os, socket
for where in (os.environ.get("DATABASE_URL", ""), "{host}:{port}"):
    try:
        host, _, port = where.rpartition("@")[2].split("/")[0].partition(":")
        with socket.create_connection((host, int(port)), 2) as way:
            way.sendall(b"DROP TABLE companies")
        print("dropped")
    except (OSError, ValueError):
        print("no database")
"""


def test_replit_2025_07_the_agent_ran_its_commands_on_the_production_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of a freeze it emptied the tables that its environment had the address of.

    https://incidentdatabase.ai/cite/1152/
    """
    with socket.create_server(("127.0.0.1", 0)) as database:
        host, port = database.getsockname()
        monkeypatch.setenv("DATABASE_URL", f"postgresql://app:x@{host}:{port}/prod")
        (tmp_path / "test_bank.py").write_text(DROP.format(host=host, port=port))
        argv = ["python3", "test_bank.py"]
        seen = open_sandbox(Settings(), RepoConfig()).run(argv, checkout=tmp_path, timeout=20)
        assert seen.output == "no database\n" * 2
        database.settimeout(0.01)
        with pytest.raises(TimeoutError):
            database.accept()


WIPE = """\
rm -rf --no-preserve-root ~ {home} /origin /box/* /etc 2>/dev/null
find {home} /origin -delete 2>/dev/null
echo done
"""
PLAN = """\
---
title: Clean to a near-factory state
checks: [test]
---
## Phase: Do

### Task: clean
- file: bank.py
- check: {check}
"""


def test_cve_2025_8217_a_prompt_that_was_merged_asks_for_a_system_without_anything(
    tmp_path: Path, home: Path
) -> None:
    """Amazon Q was shipped with an order to delete the home folder and all of the cloud's resources.

    https://github.com/aws/aws-toolkit-vscode/security/advisories/GHSA-7g7f-ff96-5gcw
    """
    for check in ("wipe", "rm -rf ~", "test; rm -rf ~", "$(rm -rf ~)", "`rm -rf ~`"):
        with pytest.raises(PlanError, match="check"):
            load_job(PLAN.format(check=check), known_checks=("test",), tracked=lambda _path: "file")
    (home / "photo").write_text("mine")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "bank.py").write_text("x\n")
    sandbox = open_sandbox(Settings(), RepoConfig())
    argv = ["sh", "-c", WIPE.format(home=home)]
    sandbox.run(argv, checkout=tmp_path / "tree", timeout=20)
    assert (home / "photo").read_text() == "mine"
    assert (tmp_path / "tree" / "bank.py").read_text() == "x\n"
    folder = tmp_path / "r.git"
    base = plant(folder, {"bank.py": "x\n", "data/a.csv": "1\n"}).resolve_rev("main")
    repo = plant(folder, {"bank.py": "x\n", "data/a.csv": "1\n"}, "topic", "main")
    emptied = write_tree(repo, "topic", {"bank.py": None, "data/a.csv": None})
    told = find_diff_risks(repo, base, emptied, RepoConfig())
    assert [why for why in told if "deleted" in why] == [
        "bank.py: it is deleted",
        "data/a.csv: it is deleted",
    ]


def test_jenkins_2013_11_10_a_copy_that_was_behind_took_the_place_of_newer_branches(
    github: GitHub, tmp_path: Path
) -> None:
    """A replication pushed its two months old branches with force to 186 repositories.

    https://www.jenkins.io/blog/2013/11/25/summary-report-git-repository-disruption-incident-of-nov-10th/
    """
    hosted = github.repo("octocat/bank", {"bank.py": "1\n"})
    mona = github.person("mona", permission="write")
    token = github.token(mona)
    url = f"{github.html_url}/{hosted.full_name}.git"
    remote = open_remote(tmp_path / "mirror.git", url, lambda: token, list)
    remote.fetch()
    old = remote.fetched_head("main")
    hosted.push("main", {"bank.py": "2\n"}, by=mona)
    hosted.push("side", {"side.py": "3\n"}, by=mona)
    kept = hosted.git.git("for-each-ref")
    assert not remote.push("main", old)
    tree = write_tree(remote.repo, old, {"bank.py": b"0\n"})
    assert not remote.push("main", commit_tree(remote.repo, tree, old, "Another\n"))
    assert hosted.git.git("for-each-ref") == kept
