"""A check that asks for git has a real repository of what is checked, and nothing else of it."""

import subprocess
from pathlib import Path
from typing import Literal

import pytest

from bot.config.machine import Settings
from bot.config.repository import CheckCommand, RepoConfig
from bot.git.checkout import checkout_tree
from bot.git.find_repo import open_repo
from bot.git.repo import Repo
from bot.git.write_tree import write_tree
from bot.plan import Check
from runners.checks.check import run_check
from runners.checks.git_source import GitSource
from runners.checks.verdict import Verdict
from runners.sandbox import open_sandbox

Kind = Literal["bwrap", "none"]
HISTORY = """
git init -q -b main . && git config user.token secret-token
git remote add origin https://user:secret-token@example.com/x.git
printf 'one\n' > file && mkdir sub && printf 'x\n' > sub/x && git add -A && git commit -qm first
git tag -a v1.0 -m 'Release'
git checkout -qb other && printf 'secret-branch\n' > hidden && git add -A && git commit -qm other
git tag v9.9 && git checkout -q main
printf 'two\n' > file && git commit -qam second && git tag light
printf '#!/bin/sh\nexit 1\n' > .git/hooks/pre-commit && chmod +x .git/hooks/pre-commit
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    subprocess.run(["sh", "-ec", HISTORY], cwd=tmp_path / "work", check=True, timeout=30)
    return tmp_path / "work"


def judge(  # noqa: PLR0913  # what is run, on what, where
    folder: Path,
    line: str,
    kind: Kind = "bwrap",
    tree: str = "main",
    *,
    git: bool = True,
    without_history: bool = False,
) -> Verdict:
    repo: Repo = open_repo(folder)
    config = RepoConfig(checks={"it": CheckCommand(run=line, git=git)})
    checkout, index = folder.parent / "tree", folder.parent / "index"
    checkout_tree(repo, tree, checkout, index)
    source = GitSource(
        repo, repo.resolve_rev("main"), index, folder.parent, without_history=without_history
    )
    sandbox = open_sandbox(Settings(sandbox=kind), config)
    return run_check(Check("run", "it"), config, checkout, sandbox, source=source)


def changed(folder: Path) -> str:
    """A tree that no commit has yet, as a model's answer makes it."""
    repo = open_repo(folder)
    return write_tree(repo, "main", {"file": b"three\n", "sub/x": None, "new": b"new\n"})


@pytest.mark.parametrize("kind", ["bwrap", "none"])
def test_history_tags_and_a_clean_state_are_there(folder: Path, kind: Kind) -> None:
    """What versions are made of, and what `git diff --exit-code` as a test is about."""
    line = "git log --format=%s | tr '\\n' ' '; git describe; git tag; git status --porcelain"
    out = judge(folder, f"{line}; git diff --exit-code && git diff-files --exit-code", kind)
    assert out.passed
    assert out.output.startswith("second first v1.0-1-g")
    assert out.output.endswith("\nlight\nv1.0\n")


def test_what_is_checked_is_a_commit_on_the_base(folder: Path) -> None:
    """Its tree is just the one that is checked, and a generated file shows as a change."""
    line = "git log --format=%s | head -2; cat file; git ls-files; git status --porcelain"
    verdict = judge(folder, f"{line}; echo 4 > file; git diff --exit-code", tree=changed(folder))
    assert (verdict.passed, verdict.exit_code) == (False, 1)
    assert verdict.output.startswith("What is checked\nsecond\nthree\nfile\nnew\ndiff --git")


def test_where_tests_are_held_back_there_is_no_history(folder: Path) -> None:
    """The plan that has them may be a commit of it; what is checked is a commit all the same."""
    line = "git log --format=%s | tr '\\n' ' '; git tag; git cat-file -e HEAD~2^{tree}; echo $?"
    line = f"{line}; git fsck --full; git status --porcelain; cat file"
    verdict = judge(folder, line, tree=changed(folder), without_history=True)
    assert verdict.output.startswith("What is checked second ")
    assert "first" not in verdict.output
    assert verdict.output.endswith("128\nthree\n")


@pytest.mark.parametrize("kind", ["bwrap", "none"])
def test_nothing_else_of_the_repository_comes_along(folder: Path, kind: Kind) -> None:
    """No remote, no branch, no tag of one, no token, no hook, no object of what is not contained."""
    other = open_repo(folder).resolve_rev("other")
    line = (
        f"git remote; git config --get user.token; grep -rs secret- .git; git cat-file -e {other} && echo there;"
        " git for-each-ref --format='%(refname)'; ls .git/hooks;"
        " git -c user.name=x -c user.email=x@x commit -qm mine --allow-empty && echo committed"
    )
    out = judge(folder, line, kind).output
    assert "secret-" not in out
    assert "v9.9" not in out
    assert "refs/heads/bricklayer" in out
    assert "refs/heads/main" not in out
    assert "there\n" not in out
    assert out.endswith("committed\n")


def test_no_check_changes_what_the_next_one_gets(folder: Path) -> None:
    """Neither the history that they share nor the repository itself."""
    line = "git -c user.name=x -c user.email=x commit -qm mine --allow-empty; git gc -q --prune=now"
    first = judge(folder, f"{line}; git log --format=%s")
    again = judge(folder, "git log --format=%s && git fsck --strict")
    assert first.output.startswith("mine\n")
    assert again.output.startswith("second\nfirst\n")
    assert again.passed


def test_without_being_asked_for_there_is_none(folder: Path) -> None:
    assert judge(folder, "test ! -e .git", git=False).passed


def test_a_shallow_clone_has_what_it_has(folder: Path) -> None:
    """Its history ends where it was cut off, and git says so instead of failing."""
    url, shallow = f"file://{folder}", folder.parent / "shallow"
    argv = ["git", "clone", "-q", "--depth", "1", "-b", "main", url, str(shallow)]
    subprocess.run(argv, check=True, timeout=30)
    verdict = judge(shallow, "git log --format=%s; git rev-parse --is-shallow-repository")
    assert verdict.output == "second\ntrue\n"
