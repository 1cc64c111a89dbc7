"""Commits of tasks laid in one order, whatever order they were made in."""

import itertools
import random
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.git.command import BRICKLAYER
from bot.git.commits import commit_parents, read_commit
from bot.git.diff import compare_trees, list_changes
from bot.git.repo import Repo, make_bare
from bot.git.write_tree import open_index, write_tree
from runners.build import branch_log
from runners.build.branch_log import BranchLog
from runners.build.lay_commits import lay_commits

TRAILERS = "Bricklayer-Job: 1234567890ab\nBricklayer-Task: {}\n"


class Room:
    def __init__(self, folder: Path) -> None:
        self.repo: Repo = make_bare(folder)
        empty = self.repo.read_output("mktree")
        self.base = self.commit(write_tree(self.repo, empty, {"a": b"1\n", "b": b"1\n"}))
        self.log = BranchLog(self.repo, self.base)
        request = SimpleNamespace(by=BRICKLAYER)
        self.context: Any = SimpleNamespace(repo=self.repo, log=self.log, request=request)

    def commit(self, tree: str, parent: str = "", message: str = "base") -> str:
        parents = (parent,) if parent else ()
        return commit_parents(self.repo, tree, parents, message, BRICKLAYER)

    def task(self, name: str, files: dict[str, bytes | None], on: str = "") -> str:
        tree = write_tree(self.repo, on or self.base, files)
        return self.commit(tree, on or self.base, f"{name}\n\n{TRAILERS.format(name)}")

    def files(self, commit: str) -> dict[str, bytes | None]:
        return {p: self.repo.read_file(commit, p) for p in self.repo.list_entries(commit)}


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path / "r.git")


def test_the_same_commits_in_any_order_give_the_same_files(room: Room) -> None:
    """And the same order gives the same names: laying is done again after a kill."""
    made = [
        room.task("x", {"a": b"2\n"}),
        room.task("y", {"new/y": b"y\n", "b": None}),
        room.task("z", {"z": b"z\n"}),
    ]
    ends = [lay_commits(room.context, room.base, p) for p in itertools.permutations(made)]
    assert len({room.repo.resolve_rev(end.head, "tree") for end in ends}) == 1
    assert room.files(ends[0].head) == {"a": b"2\n", "new/y": b"y\n", "z": b"z\n"}
    assert lay_commits(room.context, room.base, made).commits[0] == made[0]
    assert lay_commits(room.context, room.base, made) == ends[0]


def test_a_commit_that_stands_there_already_is_not_laid_again(room: Room) -> None:
    first = room.task("x", {"a": b"2\n"})
    second = room.task("y", {"a": b"3\n"}, on=first)
    laid = lay_commits(room.context, second, [first])
    assert (laid.head, laid.commits) == (second, (first,))


def test_a_file_that_is_another_by_now_stops_it(room: Room) -> None:
    """Nothing is overwritten in silence: the paths are told."""
    first = room.task("x", {"a": b"2\n"})
    later = room.task("y", {"a": b"3\n"})
    laid = lay_commits(room.context, first, [later])
    assert (laid.head, laid.moved) == (first, ("a",))


def test_a_copy_is_never_older_than_what_it_stands_on(room: Room) -> None:
    """Its message, author and modes are the first one's."""
    old = room.task("x", {"a": b"2\n"})
    tree = room.repo.resolve_rev(room.task("y", {"y": b"y\n"}), "tree")
    late = {"GIT_AUTHOR_DATE": "@4000000000 +0100", "GIT_COMMITTER_DATE": "@4000000000 +0100"}
    other = commit_parents(room.repo, tree, (room.base,), "late", BRICKLAYER, dates=late)
    laid = read_commit(room.repo, lay_commits(room.context, other, [old]).head)
    first = read_commit(room.repo, old)
    assert laid
    assert first
    assert laid.committer_date == "4000000000 +0100"
    assert (laid.author_date, laid.message) == (first.author_date, first.message)


def test_the_branch_is_read_once(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each landing reads what is new, and no git of its own is started for it."""
    head, heads = room.base, []
    for number in range(30):
        head = room.task(f"t{number}", {f"f{number}": b"x\n"}, on=head)
        heads.append(head)
    read: list[str] = []
    monkeypatch.setattr(
        branch_log, "read_commit", lambda repo, n: (read.append(n), read_commit(repo, n))[1]
    )
    monkeypatch.setattr(Repo, "run", lambda *_args, **_kw: pytest.fail("a git was started"))
    for number, each in enumerate(heads):
        found = room.log.read(each)
        assert found.on_base
        assert [c.sha for c in found.commits] == heads[: number + 1]
    assert read == heads


def test_a_branch_that_leaves_the_base_is_told(room: Room) -> None:
    """A branch made elsewhere, or with a merge in it, does not stand on the base as a job's does."""
    other = room.commit(room.repo.resolve_rev(room.base, "tree"), message="elsewhere")
    assert not room.log.read(other).on_base
    ours = room.task("x", {"a": b"2\n"})
    merge = commit_parents(
        room.repo, room.repo.resolve_rev(ours, "tree"), (ours, other), "merge", BRICKLAYER
    )
    assert {c.message.strip() for c in room.log.read(merge).commits} >= {"merge", "elsewhere"}


def test_commits_are_read_as_git_writes_them(room: Room) -> None:
    """Also with a signature's lines in the header, which begin with a blank."""
    tree = room.repo.resolve_rev(room.base, "tree")
    raw = (
        f"tree {tree}\nparent {room.base}\nauthor A B <a@b> 1700000000 +0100\n"
        "committer C <c@d> 1700000001 -0000\ngpgsig -----BEGIN\n parent of all\n \n -----END\n"
        "\nsubject\n\nparent no\n"
    )
    argv = ["git", f"--git-dir={room.repo.git_dir}", "hash-object", "-t", "commit", "-w", "--stdin"]
    done = subprocess.run(argv, input=raw.encode(), capture_output=True, check=True)
    found = read_commit(room.repo, done.stdout.decode().strip())
    assert found
    assert (found.tree, found.parents) == (tree, (room.base,))
    assert (found.author_date, found.committer_date) == ("1700000000 +0100", "1700000001 -0000")
    assert found.message == "subject\n\nparent no\n"


def test_trees_are_compared_as_git_compares_them(room: Room) -> None:
    """Files, folders in the place of files and the other way round, modes and links; seeded."""
    rng = random.Random(3)  # noqa: S311  # a seed, no secret
    names = ["a", "b", "d", "d/e", "d/e/f", "d/g", "h/i"]
    empty = room.repo.read_output("mktree")
    trees = []
    for _ in range(12):
        chosen = [n for n in names if rng.random() < 0.5]
        kept = [n for n in chosen if not any(m.startswith(f"{n}/") for m in chosen)]
        files = {name: f"{rng.randrange(2)}\n".encode() for name in kept}
        trees.append(write_tree(room.repo, empty, files))
    for old, new in itertools.pairwise(trees):
        changes = compare_trees(room.repo, old, new)
        assert sorted(changes, key=repr) == sorted(list_changes(room.repo, old, new), key=repr)
        with open_index(room.repo, old) as index:
            assert index.apply_changes(changes) == new
