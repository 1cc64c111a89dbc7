"""Git objects are read and written without touching anybody's work tree."""

import subprocess
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.git.checkout import checkout_tree
from bot.git.commits import commit_tree
from bot.git.diff import list_changed_paths
from bot.git.find_repo import open_repo
from bot.git.git_folder import pack_history
from bot.git.kept_branches import list_kept_branches
from bot.git.references import check_branch_name, list_refs, move_branch, set_refs
from bot.git.repo import Repo
from bot.git.write_tree import write_tree


def sh(folder: Path, line: str) -> str:
    done = subprocess.run(
        ["sh", "-ec", line], cwd=folder, capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    sh(folder, "git init -q -b main . && mkdir src && printf 'a\\n' > src/a && printf b > 'b c'")
    sh(folder, "chmod +x 'b c' && ln -s src link && git add -A && git commit -qm first")
    return folder


@pytest.fixture
def repo(folder: Path) -> Repo:
    return open_repo(folder / "src")


def test_a_tree_with_changed_files_keeps_modes_and_the_rest(repo: Repo) -> None:
    """An executable stays executable, a removed file goes, everything else stays as it is."""
    tree = write_tree(repo, "HEAD", {"b c": b"new", "src/a": None, "n/e/w": b"w"})
    entries = repo.list_entries(tree)
    assert sorted(entries) == ["b c", "link", "n/e/w"]
    assert entries["b c"].mode == "100755"
    assert repo.read_file(tree, "b c") == b"new"
    assert repo.read_file(tree, "link") is None


def test_writing_objects_leaves_the_checkout_alone(repo: Repo, folder: Path) -> None:
    """Neither status nor index nor HEAD of the person's checkout changes."""
    (folder / "dirty").write_text("mine")
    before = sh(folder, "git status --porcelain; git rev-parse HEAD; git stash list")
    head = repo.resolve_rev("HEAD")
    commit = commit_tree(repo, write_tree(repo, head, {"src/a": b"x"}), head, "second")
    assert move_branch(repo, "made", commit, "")
    assert sh(folder, "git status --porcelain; git rev-parse HEAD; git stash list") == before


def test_a_commit_without_an_account_has_an_address_that_is_nobodys(repo: Repo) -> None:
    """Author and committer are under `.invalid`, which nobody can ever own."""
    head = repo.resolve_rev("HEAD")
    made = commit_tree(repo, f"{head}^{{tree}}", head, "x")
    said = repo.read_output("log", "-1", "--format=%an <%ae> %cn <%ce>", made)
    assert said == " ".join(["Bricklayer <bricklayer@bricklayer.invalid>"] * 2)


def test_a_branch_moves_only_from_where_it_was_seen(repo: Repo) -> None:
    """Compare and swap: the second of two writers is told, and changes nothing."""
    head = repo.resolve_rev("HEAD")
    first = commit_tree(repo, write_tree(repo, head, {"x": b"1"}), head, "one")
    second = commit_tree(repo, write_tree(repo, head, {"x": b"2"}), head, "two")
    assert move_branch(repo, "made", head, "")
    assert not move_branch(repo, "made", first, "")
    assert move_branch(repo, "made", first, head)
    assert not move_branch(repo, "made", second, head)
    assert repo.branch_head("made") == first


def test_a_checkout_holds_exactly_the_tree(repo: Repo, tmp_path: Path) -> None:
    """Leftovers and changes of an earlier check are gone, and there is no `.git` to follow."""
    where, index = tmp_path / "out", tmp_path / "index"
    checkout_tree(repo, "HEAD", where, index)
    (where / "junk").mkdir()
    (where / "junk" / ".gitignore").write_text("*")
    (where / "src" / "a").write_text("changed")
    checkout_tree(repo, "HEAD", where, index)
    assert sorted(path.name for path in where.iterdir()) == ["b c", "link", "src"]
    assert (where / "src" / "a").read_text() == "a\n"


@pytest.mark.parametrize("made", ["--bare", "--depth=1"])
def test_bare_and_shallow_repositories_are_no_special_case(
    folder: Path, tmp_path: Path, made: str
) -> None:
    """Everything works on a bare clone and on a shallow one."""
    sh(tmp_path, f"git clone -q {made} file://{folder} other")
    repo = open_repo(tmp_path / "other")
    checkout_tree(repo, "HEAD", tmp_path / "out", tmp_path / "index")
    assert (tmp_path / "out" / "src" / "a").read_text() == "a\n"


def test_no_hook_of_the_repository_runs(repo: Repo, folder: Path, tmp_path: Path) -> None:
    """A hook is a program somebody else wrote: the bot never starts one."""
    for name in ("post-checkout", "reference-transaction", "post-index-change", "pre-commit"):
        hook = folder / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        hook.chmod(0o755)
    head = repo.resolve_rev("HEAD")
    assert move_branch(
        repo, "made", commit_tree(repo, write_tree(repo, head, {"x": b"1"}), head, "one"), ""
    )
    checkout_tree(repo, "made", tmp_path / "out", tmp_path / "index")
    assert not (tmp_path / "ran").exists()


def test_the_environment_does_not_reach_git(
    repo: Repo, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started from inside a hook, GIT_DIR and its kin point elsewhere and are not obeyed."""
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nonexistent")
    assert open_repo(folder).resolve_rev("HEAD") == repo.resolve_rev("HEAD")


@pytest.mark.parametrize("rev", ["--upload-pack=touch x", "-h", "", "a b", "HEAD^{tree"])
def test_a_hostile_revision_is_only_not_found(repo: Repo, rev: str) -> None:
    """A name chosen by somebody else is never an option to git."""
    assert repo.resolve_rev(rev) == ""


@pytest.mark.parametrize("name", ["-x", "a..b", "a b", "", "x.lock", "@{-1}"])
def test_a_bad_branch_name_is_refused(name: str) -> None:
    """The person is told before anything is done."""
    with pytest.raises(UserError):
        check_branch_name(name)


def test_a_folder_that_is_no_repository_is_the_persons_to_mend(tmp_path: Path) -> None:
    """It says what is wrong and what to do."""
    with pytest.raises(UserError, match="not a git repository"):
        open_repo(tmp_path)
    with pytest.raises(UserError, match="no such folder"):
        open_repo(tmp_path / "gone")


def test_a_pathspec_is_a_plain_path(repo: Repo) -> None:
    """Magic and globs in a path chosen by a plan match nothing but themselves."""
    assert repo.find_entry("HEAD", ":(glob)**") is None
    assert repo.find_entry("HEAD", "src/*") is None
    assert repo.read_file("HEAD", "src/a") == b"a\n"


def test_no_path_is_taken_for_a_commit(repo: Repo) -> None:
    """Anybody may give a file the name of a commit that was there before."""
    base = repo.resolve_rev("HEAD")
    first = commit_tree(repo, write_tree(repo, base, {"one.py": b"1\n"}), base, "One\n")
    files = {first: b"2\n", ":odd": b"2\n", "z.py": b"2\n"}
    second = commit_tree(repo, write_tree(repo, first, dict(files)), first, "Two\n")
    found = list_changed_paths(repo, [first, second])
    assert found == {first: ("one.py",), second: tuple(sorted(files))}


def test_a_name_of_a_reference_is_one_line_whatever_is_in_it(repo: Repo, tmp_path: Path) -> None:
    """U+2028 and U+0085 end a line of Python's, and git allows them in names."""
    head = repo.resolve_rev("HEAD")
    odd = "a\u2028refs/x\u0085b\u3000"
    set_refs(repo, {f"refs/bricklayer/{odd}": head, f"refs/tags/{odd}": head})
    move_branch(repo, f"mend-it.1{odd}", head, "")
    move_branch(repo, "mend-it.2", head, "")
    assert list_refs(repo, "refs/bricklayer/") == {f"refs/bricklayer/{odd}": head}
    assert list_kept_branches(repo, "mend-it") == {"mend-it.2": head}
    pack_history(repo, head, tmp_path / "history")
    kept = (tmp_path / "history" / "packed-refs").read_text("utf-8")
    assert kept == f"{head} refs/tags/{odd}\n"
