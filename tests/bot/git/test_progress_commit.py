"""Work in progress as one commit: what is written is read again, and anything else is refused."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from support.planted import git, plant

from bot.git.commits import commit_tree
from bot.git.progress_commit import (
    MAX_COMMIT_BYTES,
    MAX_PASSED,
    MESSAGE,
    Progress,
    ProgressError,
    read_progress,
    write_progress,
)
from bot.git.repo import Repo
from bot.git.write_tree import write_tree


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return plant(tmp_path / "r.git", {"a": "1", "b": "1", "c": "1"})


def commit(repo: Repo, onto: str, text: str, message: str = "Change\n") -> str:
    tree = write_tree(repo, onto, {text[0]: text.encode()})
    return commit_tree(repo, tree, onto, message)


def crafted(repo: Repo, tree: str, parents: list[str], message: str = MESSAGE) -> str:
    """As anybody can write one: git itself would leave out parents that are named twice."""
    who = "Eve <eve@example.com> 0 +0000"
    named = "".join(f"parent {parent}\n" for parent in parents)
    raw = f"tree {tree}\n{named}author {who}\ncommitter {who}\n\n{message}"
    argv = ("hash-object", "-t", "commit", "-w", "--stdin", "--literally")
    return git(repo.git_dir, *argv, given=raw.encode())


def test_what_was_written_is_read_again(repo: Repo) -> None:
    """With the files of the head, and whatever the order in which it passed."""
    base = repo.branch_head("main")
    head = commit(repo, base, "a2")
    beside = [commit(repo, base, text) for text in ("b2", "c2", "c3")]
    sha = write_progress(repo, head, beside)
    assert read_progress(repo, sha) == Progress(head, tuple(sorted(beside)))
    assert repo.resolve_rev(sha, "tree") == repo.resolve_rev(head, "tree")
    assert write_progress(repo, head, [*reversed(beside), *beside]) == sha
    git(repo.git_dir, "fsck", "--strict", sha)


def test_one_content_is_one_commit_whoever_writes_it_and_when(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = commit(repo, repo.branch_head("main"), "a2")
    sha = write_progress(repo, head)
    monkeypatch.setenv("GIT_AUTHOR_DATE", "@86400 +0100")
    assert write_progress(repo, head) == sha
    assert git(repo.git_dir, "log", "-1", "--format=%at %ct %an", sha) == "0 0 Bricklayer"


def test_what_the_branch_holds_is_not_beside_it(repo: Repo) -> None:
    base = repo.branch_head("main")
    head = commit(repo, base, "a2")
    assert read_progress(repo, write_progress(repo, head, [base, head])) == Progress(head)


def test_more_than_can_be_read_is_not_written(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.git.progress_commit.MAX_PASSED", 2)
    base = repo.branch_head("main")
    head, *beside = (commit(repo, base, text) for text in ("a2", "b2", "c2", "c3"))
    write_progress(repo, head, beside[:2])
    with pytest.raises(ValueError, match="3 commits passed and did not land, 2 at most"):
        write_progress(repo, head, beside)


def test_one_command_tells_what_is_beside_the_branch_however_much_it_is(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each push asks, and it may be of a hundred commits: a merge or a chain is no more."""
    base = repo.branch_head("main")
    head, passed = commit(repo, base, "a2"), commit(repo, base, "b2")
    chain = commit(repo, passed, "c2")
    run, ran = Repo.run, list[str]()

    def note(
        repo: Repo,
        *args: str,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        ok: tuple[int, ...] = (0,),
    ) -> tuple[int, bytes]:
        ran.append(args[0])
        return run(repo, *args, stdin=stdin, env=env, ok=ok)

    monkeypatch.setattr(Repo, "run", note)
    sha = write_progress(repo, head, [base, head, passed, chain])
    assert ran == ["rev-list", "commit-tree"]
    assert read_progress(repo, sha) == Progress(head, tuple(sorted([passed, chain])))


class Hostile:
    """What somebody may have pushed in the place of a progress commit, by what is wrong with it."""

    def __init__(self, repo: Repo) -> None:
        self.repo = repo
        self.head = commit(repo, repo.branch_head("main"), "a2")
        self.tree = repo.resolve_rev(self.head, "tree")

    def made(self, *parents: str, message: str = MESSAGE) -> str:
        return crafted(self.repo, self.tree, [*parents], message)

    def other_files(self) -> str:
        tree = write_tree(self.repo, self.head, {"a": b"evil"})
        return crafted(self.repo, tree, [self.head])

    def large(self) -> str:
        return commit_tree(self.repo, self.tree, self.head, "x" * MAX_COMMIT_BYTES)


HOSTILE: dict[str, Callable[[Hostile], str]] = {
    "a commit of another kind": lambda it: it.head,
    "no commit": lambda it: it.tree,
    "nothing that is there": lambda _: "f" * 40,
    "an option": lambda _: "--all",
    "two lines": lambda it: f"{it.head}\n{it.head}",
    "a long word": lambda _: "f" * 5000,
    "no name": lambda _: "",
    "no parent": lambda it: it.made(),
    "another tree than the head's": lambda it: it.other_files(),
    "a parent that is missing": lambda it: it.made(it.head, "e" * 40),
    "a head that is missing": lambda it: it.made("e" * 40),
    "too many parents": lambda it: it.made(*[it.head] * (MAX_PASSED + 2)),
    "another message": lambda it: it.made(it.head, message=MESSAGE + "x"),
    "a message of a megabyte": lambda it: it.made(it.head, message=MESSAGE + "x" * (1 << 20)),
    "a passed commit of a megabyte": lambda it: it.made(it.head, it.large()),
    "a parent that is no name": lambda it: it.made(it.head, "HEAD"),
    "a parent that is a tree": lambda it: it.made(it.head, it.tree),
}


@pytest.mark.parametrize("how", HOSTILE)
def test_what_has_another_form_is_refused(repo: Repo, how: str) -> None:
    """By one error, which has no more of it than its name."""
    sha = HOSTILE[how](Hostile(repo))
    with pytest.raises(ProgressError) as caught:
        read_progress(repo, sha)
    assert len(str(caught.value)) < 300


def test_a_parent_named_twice_is_one(repo: Repo) -> None:
    base = repo.branch_head("main")
    head, passed = commit(repo, base, "a2"), commit(repo, base, "b2")
    tree = repo.resolve_rev(head, "tree")
    sha = crafted(repo, tree, [head, passed, head, passed])
    assert read_progress(repo, sha) == Progress(head, (passed,))


def test_a_parent_below_the_committer_is_none(repo: Repo) -> None:
    """As for git: nothing is fetched or held for it."""
    base = repo.branch_head("main")
    head, other = commit(repo, base, "a2"), commit(repo, base, "b2")
    tree, who = repo.resolve_rev(head, "tree"), "Eve <eve@example.com> 0 +0000"
    raw = f"tree {tree}\nparent {head}\nauthor {who}\ncommitter {who}\nparent {other}\n\n{MESSAGE}"
    argv = ("hash-object", "-t", "commit", "-w", "--stdin", "--literally")
    assert read_progress(repo, git(repo.git_dir, *argv, given=raw.encode())) == Progress(head)


def test_headers_that_a_parent_has_in_a_signature_are_none(repo: Repo) -> None:
    """Only its own headers count, each a whole line."""
    head = commit(repo, repo.branch_head("main"), "a2")
    tree = repo.resolve_rev(head, "tree")
    who = "Eve <eve@example.com> 0 +0000"
    signature = f"gpgsig -----BEGIN\n parent {tree}\n -----END\n"
    raw = f"tree {tree}\nparent {head}\nauthor {who}\ncommitter {who}\n{signature}\n{MESSAGE}"
    argv = ("hash-object", "-t", "commit", "-w", "--stdin")
    assert read_progress(repo, git(repo.git_dir, *argv, given=raw.encode())) == Progress(head)
