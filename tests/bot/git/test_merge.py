"""Two commits merged by git's objects alone: what is merged, and what a person is told conflicts."""

import subprocess
from pathlib import Path

import pytest
from support.planted import Other, git, plant

from bot.errors import GitError
from bot.git.command import BRICKLAYER
from bot.git.commits import commit_tree
from bot.git.merge import commit_merge, find_merge_base, merge_commits
from bot.git.repo import Repo
from bot.git.write_tree import write_tree
from bot.text.conflict_markers import find_markers, read_places

START = "".join(f"line {number}\n" for number in range(1, 21))


def changed(number: int, new: str) -> str:
    return START.replace(f"line {number}\n", new)


def planted(
    folder: Path, ours: dict[str, object], theirs: dict[str, object]
) -> tuple[Repo, str, str]:
    start = {"a.txt": START, "gone.txt": "x\n", "bin": b"\0one", "link": Other("120000", b"a.txt")}
    repo = plant(folder, start)
    plant(folder, ours, "ours", onto="main")  # type: ignore[arg-type]
    plant(folder, theirs, "theirs", onto="main")  # type: ignore[arg-type]
    return repo, repo.branch_head("ours"), repo.branch_head("theirs")


def test_what_both_changed_apart_is_one_tree_and_a_commit_of_two_parents(tmp_path: Path) -> None:
    repo, ours, theirs = planted(
        tmp_path / "r", {"a.txt": changed(2, "two\n")}, {"a.txt": changed(19, "nineteen\n")}
    )
    merge = merge_commits(repo, ours, theirs)
    assert not merge.conflicts
    sha = commit_merge(repo, merge.tree, (ours, theirs), "Merge\n", BRICKLAYER)
    assert git(repo.git_dir, "log", "-1", "--format=%P", sha).split() == [ours, theirs]
    text = repo.read_file(sha, "a.txt") or b""
    assert b"two\n" in text
    assert b"nineteen\n" in text
    assert find_merge_base(repo, ours, theirs) == repo.branch_head("main")


def test_each_place_of_a_conflict_is_told_with_all_three_sides(tmp_path: Path) -> None:
    """Our version is whole and without a marker, whatever else looks like one in the file."""
    looks_like = "<<<<<<< HEAD\n=======\n"
    repo, ours, theirs = planted(
        tmp_path / "r",
        {"a.txt": changed(2, f"two\n{looks_like}")},
        {"a.txt": changed(2, "TWO\n").replace("line 19\n", "nineteen\n")},
    )
    merge = merge_commits(repo, ours, theirs)
    (conflict,) = merge.conflicts
    assert (conflict.path, conflict.kinds) == ("a.txt", ("CONFLICT (contents)",))
    merged = (repo.read_file(merge.tree, "a.txt") or b"").decode()
    text, (place,) = read_places(merged, ours, theirs)
    assert (place.line, place.ours, place.base, place.theirs) == (
        2,
        f"two\n{looks_like}",
        "line 2\n",
        "TWO\n",
    )
    assert text == changed(2, f"two\n{looks_like}").replace("line 19\n", "nineteen\n")
    assert find_markers(merged) == 2
    assert not find_markers("=======\n")


@pytest.mark.parametrize(
    ("ours", "theirs", "path", "kind"),
    [
        ({"bin": b"\0two"}, {"bin": b"\0three"}, "bin", "CONFLICT (binary)"),
        ({"gone.txt": "y\n"}, {"gone.txt": None}, "gone.txt", "CONFLICT (modify/delete)"),
        ({"new.txt": "1\n"}, {"new.txt": "2\n"}, "new.txt", "CONFLICT (contents)"),
        (
            {"link": Other("120000", b"x")},
            {"link": Other("120000", b"y")},
            "link",
            "CONFLICT (contents)",
        ),
        (
            {"sub": Other("160000", b"1" * 40)},
            {"sub": Other("160000", b"2" * 40)},
            "sub",
            "CONFLICT",
        ),
    ],
)
def test_the_kind_of_each_conflict_is_told(
    tmp_path: Path, ours: dict[str, object], theirs: dict[str, object], path: str, kind: str
) -> None:
    gone = [name for name, content in theirs.items() if content is None]
    repo, mine, other = planted(
        tmp_path / "r", ours, {name: text for name, text in theirs.items() if text is not None}
    )
    if gone:
        tree = write_tree(repo, "main", dict.fromkeys(gone))
        other = commit_tree(repo, tree, repo.branch_head("main"), "Delete it\n")
    conflicts = merge_commits(repo, mine, other).conflicts
    assert [one.path for one in conflicts] == [path]
    assert any(each.startswith(kind) for each in conflicts[0].kinds)


def test_no_program_of_a_configuration_merges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A merge driver that attributes of the person's own name for every file is not run."""
    (tmp_path / "attributes").write_text("* merge=evil\n")
    config = tmp_path / "config"
    run = f"touch {tmp_path / 'ran'}"
    config.write_text(
        f"[core]\n\tattributesFile = {tmp_path / 'attributes'}\n"
        f'[merge]\n\tdefault = evil\n[merge "evil"]\n\tdriver = {run}\n'
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    repo, ours, theirs = planted(
        tmp_path / "r", {"a.txt": changed(2, "two\n")}, {"a.txt": changed(3, "three\n")}
    )
    assert merge_commits(repo, ours, theirs).conflicts
    assert not (tmp_path / "ran").exists()
    argv = ["git", "merge-tree", "--write-tree", ours, theirs]
    subprocess.run(argv, cwd=repo.git_dir, capture_output=True, check=False, timeout=30)


def test_histories_that_share_nothing_are_no_merge(tmp_path: Path) -> None:
    repo = plant(tmp_path / "r", {"a": "1\n"})
    plant(tmp_path / "r", {"b": "1\n"}, "other")
    with pytest.raises(GitError):
        merge_commits(repo, repo.branch_head("main"), repo.branch_head("other"))
