"""No commit leaves this machine with a secret in it."""

import base64
from pathlib import Path

import pytest
from support.planted import Files, Other, git, plant

from bot.errors import UserError
from bot.git.command import BRICKLAYER
from bot.git.commits import commit_tree
from bot.git.merge import commit_merge, merge_commits
from bot.git.push_guard import MAX_SEARCHED_BYTES, refuse_secrets
from bot.git.repo import Repo
from bot.git.write_tree import write_tree

SECRET = "correct-horse_battery=staple"  # noqa: S105
TOKEN = "ghp_" + "A1b2" * 9
THERE = "refs/remotes/origin"
HIDDEN = {
    "plain": SECRET.encode(),
    "base64": base64.b64encode(b"x" + SECRET.encode()),
    "hex": SECRET.encode().hex().encode(),
    "url": b"".join(b"%%%02x" % byte for byte in SECRET.encode()),
    "utf-16": SECRET.encode("utf-16"),
    "in a binary": b"\x7fELF\0\xff" + SECRET.encode() + b"\0",
    "a token nobody here knows": TOKEN.encode(),
}


def committed(folder: Path, *each: Files) -> tuple[Repo, str]:
    """One commit on another; the first is what GitHub has already."""
    for files in each:
        repo = plant(folder, files, onto="main" if (folder / "refs/heads/main").exists() else "")
        if not git(folder, "for-each-ref", THERE):
            git(folder, "update-ref", f"{THERE}/main", "main")
    return repo, repo.branch_head("main")


def why(repo: Repo, sha: str, branch: str = "bricklayer/1-x") -> str:
    try:
        refuse_secrets(repo, branch, sha, THERE, (SECRET,))
    except UserError as exc:
        return str(exc)
    return ""


@pytest.mark.parametrize("how", HIDDEN)
def test_a_file_with_a_secret_is_not_pushed_and_the_refusal_does_not_print_it(
    tmp_path: Path, how: str
) -> None:
    repo, sha = committed(tmp_path / "r", {"a.py": "1\n"}, {"a.py": b"x = " + HIDDEN[how]})
    said = why(repo, sha)
    assert "a secret, or what looks like one, to a.py" in said
    assert "Nothing was pushed" in said
    assert SECRET not in said
    assert TOKEN not in said


def test_a_branch_or_a_message_that_a_cut_left_a_piece_of_a_secret_in_is_not_pushed(
    tmp_path: Path,
) -> None:
    repo, sha = committed(tmp_path / "r", {"a.py": "1\n"}, {"a.py": "2\n"})
    piece = f"{SECRET[:11]}..."
    assert "the branch's name" in why(repo, sha, f"bricklayer/1-{SECRET[:11]}")
    with_piece = commit_tree(repo, f"{sha}^{{tree}}", sha, piece)
    assert "in its message" in why(repo, with_piece)


def test_a_secret_that_a_later_commit_takes_out_is_still_one(tmp_path: Path) -> None:
    repo, sha = committed(tmp_path / "r", {"a": "1"}, {"a": SECRET}, {"a": "2"})
    assert f"commit {repo.resolve_rev(f'{sha}^')[:12]} adds a secret" in why(repo, sha)


def test_a_link_to_a_secret_and_a_file_named_by_one_are_not_pushed(tmp_path: Path) -> None:
    repo, sha = committed(tmp_path / "a", {"a": "1"}, {"b": Other("120000", SECRET.encode())})
    assert "to b" in why(repo, sha)
    repo, sha = committed(tmp_path / "b", {"a": "1"}, {f"docs/{SECRET}.txt": "2"})
    assert "in the name of docs/[***].txt" in why(repo, sha)


def test_a_message_or_a_branch_with_a_secret_is_not_pushed(tmp_path: Path) -> None:
    repo, sha = committed(tmp_path / "r", {"a": "1"})
    said = commit_tree(repo, f"{sha}^{{tree}}", sha, f"Mend it\n\nwith {SECRET}\n")
    assert "a secret in its message" in why(repo, said)
    assert "branch's name" in why(repo, sha, f"bricklayer/{SECRET}")


def test_what_is_there_already_and_what_is_left_as_it_was_does_not_stop_a_push(
    tmp_path: Path,
) -> None:
    """A test's own key, which the repository had before, may stay in a file that is changed."""
    repo, sha = committed(tmp_path / "r", {"a": TOKEN, "b": "1"}, {"a": f"# {TOKEN}\n", "b": "2"})
    assert not why(repo, sha)
    repo, sha = committed(tmp_path / "r", {"c": TOKEN})
    assert "to c" in why(repo, sha)


def test_a_submodule_is_no_file_to_look_through(tmp_path: Path) -> None:
    repo, sha = committed(tmp_path / "r", {"a": "1"}, {"sub": Other("160000", b"a" * 40)})
    assert not why(repo, sha)


def test_what_is_too_large_to_be_looked_through_is_not_pushed(tmp_path: Path) -> None:
    repo, sha = committed(tmp_path / "r", {"a": "1"}, {"big": b"\0" * (MAX_SEARCHED_BYTES + 1)})
    assert "too large" in why(repo, sha)


def test_the_first_commit_of_a_repository_is_looked_through_too(tmp_path: Path) -> None:
    repo = plant(tmp_path / "r", {"a": SECRET})
    assert "to a" in why(repo, repo.branch_head("main"))


@pytest.mark.parametrize("own", [False, True])
def test_of_a_merge_only_what_it_has_from_none_of_its_parents_counts(
    tmp_path: Path, *, own: bool
) -> None:
    """What came with the base is there already, also in a file that both have changed."""
    folder = tmp_path / "r"
    repo, _ = committed(folder, {"a": "1\n2\n3\n4\n5\n"})
    ours = plant(folder, {"a": "one\n2\n3\n4\n5\n"}, "ours", onto="main").branch_head("ours")
    plant(folder, {"a": f"1\n2\n3\n4\n{SECRET}\n", "b": TOKEN}, "theirs", onto="main")
    theirs = repo.branch_head("theirs")
    git(folder, "update-ref", f"{THERE}/main", theirs)
    tree = merge_commits(repo, ours, theirs).tree
    tree = write_tree(repo, tree, {"c": TOKEN.encode()}) if own else tree
    sha = commit_merge(repo, tree, (ours, theirs), "Merge\n", BRICKLAYER)
    assert ("to c" in why(repo, sha)) is own
    assert ("secret" in why(repo, sha)) is own
