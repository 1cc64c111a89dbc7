"""Whose commits keep a job from its branch is told by what they say themselves."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from bot.commit_trailers import made_by_job
from bot.git.commits import commit_tree
from bot.git.find_repo import open_repo
from bot.git.references import move_branch
from bot.git.repo import Repo
from runners.build.branch_log import BranchLog
from runners.build.context import JobContext
from runners.build.foreign_commits import foreign_commits_error

OURS, OTHERS, PERSONS = "Bricklayer-Job: 1a", "Bricklayer-Job: 2b", ""


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    subprocess.run(("git", "init", "-q", "-b", "main", str(tmp_path)), check=True, timeout=60)
    argv = ("git", "-C", str(tmp_path), "commit", "-q", "--allow-empty", "-m", "base")
    subprocess.run(argv, check=True, timeout=60)
    return open_repo(tmp_path)


def explain(repo: Repo, *trailers: str) -> str:
    base = head = repo.resolve_rev("main")
    for number, trailer in enumerate(trailers):
        tree = repo.resolve_rev(head, "tree")
        head = commit_tree(repo, tree, head, f"change {number}\n\nBricklayer-Task: t\n{trailer}\n")
    move_branch(repo, "built", head, "")
    told = SimpleNamespace(
        branch="built",
        repo=repo,
        log=BranchLog(repo, base),
        is_ours=lambda message: made_by_job(message, "1a"),
    )
    error = foreign_commits_error(cast(JobContext, told))
    return f"{error}\n{error.for_comment()}"


def test_a_twin_of_the_job_is_no_stranger(repo: Repo) -> None:
    """It moved the branch first: what it landed counts, and one of the two is to be stopped."""
    text = explain(repo, OURS, OURS)
    assert "another bricklayer, with another state folder, builds this job" in text
    assert "Stop one of the two" in text
    assert "did not make" not in text


def test_another_job_is_named(repo: Repo) -> None:
    text = explain(repo, OURS, OTHERS)
    assert "job 2b made some, of another plan or an earlier form of this one" in text
    assert "no job made" not in text


def test_what_people_committed_is_named(repo: Repo) -> None:
    text = explain(repo, OTHERS, PERSONS)
    assert f"no job made {repo.branch_head('built')[:12]}" in text
    assert "job 2b made some" in text


def test_a_trailer_is_text_of_anybody(repo: Repo) -> None:
    text = explain(repo, "Bricklayer-Job: \x1b[31m`" + "x" * 500)
    assert "\x1b" not in text
    assert "x" * 30 not in text
