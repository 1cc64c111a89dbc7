"""A commit that no git checks out is its repository's to mend: told in plain words, never ours."""

from pathlib import Path

import pytest
from support.git_template import init_bare
from support.planted import git

from bot.errors import GitError, GitMessage, UserError
from bot.git.checkout import checkout_tree, require_usual_tree
from bot.git.odd_trees import MAX_DEPTH, blaming_repository
from bot.git.repo import Repo

FOLDER, FILE, LINK = b"40000", b"100644", b"120000"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    (tmp_path / "r").mkdir()
    init_bare(tmp_path / "r")
    return Repo(tmp_path / "r")


def write_tree(repo: Repo, *entries: tuple[bytes, bytes, str]) -> str:
    """A tree object as it is said, whether git would make it or not."""
    raw = b"".join(m + b" " + name + b"\0" + bytes.fromhex(sha) for m, name, sha in entries)
    argv = ("hash-object", "-t", "tree", "-w", "--literally", "--stdin")
    return git(repo.git_dir, *argv, given=raw)


def write_blob(repo: Repo) -> str:
    return git(repo.git_dir, "hash-object", "-w", "--stdin", given=b"x\n")


def look_at(repo: Repo, tree: str, room: Path) -> None:
    require_usual_tree(repo, tree)
    checkout_tree(repo, tree, room / "out", room / "index")


@pytest.mark.parametrize(
    ("mode", "name"),
    [
        (FOLDER, b".git"),
        (FOLDER, b".GIT"),
        (FILE, b".git"),
        (FOLDER, b".."),
        (FILE, b"."),
        (FILE, b""),
        (FILE, b"a/b"),
        (FILE, b"../../escaped"),
        (FILE, b"git~1"),
        (LINK, b".gitmodules"),
        (FILE, b"n" * 300),
        (FILE, b"twice"),
        (FOLDER, b"no-folder"),
    ],
)
def test_a_name_that_no_checkout_has_ends_in_plain_words(
    repo: Repo, tmp_path: Path, mode: bytes, name: bytes
) -> None:
    blob = write_blob(repo)
    below = write_tree(repo, (FILE, b"a", blob))
    sha = below if mode == FOLDER and name != b"no-folder" else blob
    entries = [(FILE, b"twice", blob), (mode, name, sha)]
    tree = write_tree(repo, *sorted(entries, key=lambda entry: entry[1]))
    with pytest.raises(UserError) as caught:
        look_at(repo, tree, tmp_path)
    assert "this is a fault of bricklayer" not in str(caught.value)
    assert "commit" in caught.value.what
    assert "git fsck" in caught.value.hint
    assert len(str(caught.value)) < 600
    assert not (tmp_path / "escaped").exists()


@pytest.mark.slow
def test_folders_without_end_are_refused_and_many_are_not(repo: Repo, tmp_path: Path) -> None:
    tree = write_tree(repo, (FILE, b"a", write_blob(repo)))
    for depth in range(MAX_DEPTH + 1):
        if depth == 100:
            look_at(repo, tree, tmp_path)
        tree = write_tree(repo, (FOLDER, b"d", tree))
    with pytest.raises(UserError, match="500 folders in each other"):
        require_usual_tree(repo, tree)


@pytest.mark.parametrize("what", [FILE, FOLDER])
def test_an_object_that_is_missing_is_told(repo: Repo, tmp_path: Path, what: bytes) -> None:
    tree = write_tree(repo, (what, b"q", "1" * 40))
    with pytest.raises(UserError, match="git cannot read this commit"):
        look_at(repo, tree, tmp_path)


def test_a_usual_tree_has_nothing_odd(repo: Repo, tmp_path: Path) -> None:
    """Names with blanks, quotes, line ends and bytes that are no text; what only resembles `.git`."""
    blob = write_blob(repo)
    names = (b" ", b"'\"", b"-rf", b".gitignore", b".github", b"..x", b"a\nb", b"git", b"\xff")
    tree = write_tree(repo, *((FILE, name, blob) for name in sorted(names)))
    look_at(repo, tree, tmp_path)
    assert len(list((tmp_path / "out").iterdir())) == len(names)


@pytest.mark.parametrize("said", ["cannot write: No space left on device", "'%s.lock': exists"])
def test_what_the_machine_lacks_is_not_blamed_on_the_repository(tmp_path: Path, said: str) -> None:
    messages = tuple(GitMessage(each, each) for each in ("unable to read sha1 file", said))
    with pytest.raises(GitError), blaming_repository(tmp_path, is_partial=False):
        raise GitError(("read-tree",), 128, "", messages)
