"""A commit is read as git reads it, whatever somebody wrote into its headers."""

from pathlib import Path

import pytest
from support.planted import git, plant

from bot.git.commits import commit_tree
from bot.git.objects import parse_commit
from bot.git.repo import Repo

WHO = "Mona <mona@example.com> 1700000000 +0100"
OTHER = "Eve <eve@example.com> 1 +0000"
SIGNED = f"author {WHO}\ncommitter {WHO}\n"
HEADERS = {
    "a root": SIGNED,
    "a parent": f"parent BASE\n{SIGNED}",
    "a merge": f"parent BASE\nparent HEAD\n{SIGNED}",
    "a parent twice": f"parent BASE\nparent BASE\n{SIGNED}",
    "a parent below": f"parent BASE\n{SIGNED}parent HEAD\n",
    "only a parent below": f"{SIGNED}parent HEAD\n",
    "a parent below the author": f"author {WHO}\nparent HEAD\ncommitter {WHO}\n",
    "a parent in a signature": f"{SIGNED}gpgsig -----BEGIN\n parent HEAD\n -----END\n",
    "a parent after another header": f"parent BASE\nx-note y\nparent HEAD\n{SIGNED}",
    "a second author": f"parent BASE\n{SIGNED}author {OTHER}\ncommitter {OTHER}\n",
}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return plant(tmp_path / "r.git", {"a": "1"})


@pytest.mark.parametrize("how", HEADERS)
def test_the_parents_are_those_that_git_finds(repo: Repo, how: str) -> None:
    """Only those directly below the tree."""
    base = repo.branch_head("main")
    tree = repo.resolve_rev(base, "tree")
    head = commit_tree(repo, tree, base, "Change\n")
    headers = HEADERS[how].replace("BASE", base).replace("HEAD", head)
    raw = f"tree {tree}\n{headers}\nSubject\n\nparent {head}\n"
    argv = ("hash-object", "-t", "commit", "-w", "--stdin", "--literally")
    sha = git(repo.git_dir, *argv, given=raw.encode())
    found = parse_commit(sha, raw.encode())
    told = git(repo.git_dir, "rev-list", "--parents", "-1", sha).split()
    assert [sha, *found.parents] == told
    assert found.tree == git(repo.git_dir, "log", "-1", "--format=%T", sha)
    assert found.message == f"Subject\n\nparent {head}\n"


def test_dates_are_those_of_the_first_author_and_committer() -> None:
    raw = f"tree {'a' * 40}\n{HEADERS['a second author']}\n".encode()
    found = parse_commit("b" * 40, raw)
    assert (found.author_date, found.committer_date) == ("1700000000 +0100",) * 2


@pytest.mark.parametrize("raw", [b"", b"\n\ntree", f"parent x\ntree y\n{SIGNED}\n".encode()])
def test_a_commit_whose_tree_does_not_come_first_is_none(raw: bytes) -> None:
    with pytest.raises(ValueError, match="without a tree"):
        parse_commit("b" * 40, raw)
