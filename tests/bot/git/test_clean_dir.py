"""Git sees what a repository keeps, and of its settings only those without which it reads nothing."""

import os
import subprocess
from pathlib import Path

import psutil
import pytest

from bot.errors import GitError, UserError
from bot.git import clean_dir, find_repo
from bot.git.checkout import checkout_tree, is_checked_out
from bot.git.command import run_git
from bot.git.commits import commit_tree
from bot.git.find_repo import checked_out_commit, describe_uncommitted, open_repo
from bot.git.http_settings import format_http_settings
from bot.git.references import delete_branch, move_branch
from bot.git.repo import Repo, is_partial
from bot.git.write_tree import write_tree
from bot.repo_map.cache import CacheFile


def sh(folder: Path, line: str) -> str:
    argv = ["sh", "-ec", line]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    sh(folder, "git init -q -b main . && echo 1 > a && git add -A && git commit -qm first")
    return folder


def test_what_a_person_does_meanwhile_is_seen_at_once(folder: Path) -> None:
    """Another branch checked out, packed references, a tag, a second work tree, a new setting."""
    repo = open_repo(folder)
    first = repo.resolve_rev("HEAD")
    assert is_checked_out(repo, "main")
    sh(folder, "git checkout -qb other && echo 2 > a && git commit -qam second && git tag t")
    assert repo.resolve_rev("HEAD") == repo.resolve_rev("other") == checked_out_commit(folder)
    assert not is_checked_out(repo, "main")
    assert is_checked_out(repo, "other")
    sh(folder, "git pack-refs --all && git worktree add -q ../linked main")
    assert repo.resolve_rev("t") == repo.resolve_rev("other") != first
    assert is_checked_out(repo, "main")
    assert checked_out_commit(folder.parent / "linked") == first
    sh(
        folder,
        "git config extensions.partialClone origin && git config core.repositoryFormatVersion 1",
    )
    assert is_partial(repo.git_dir)


def test_what_the_bot_does_is_in_the_persons_repository(folder: Path) -> None:
    """A branch it makes, moves or deletes, also one that was packed; with a line in its reflog."""
    repo = open_repo(folder)
    head = repo.resolve_rev("HEAD")
    made = commit_tree(repo, write_tree(repo, head, {"b": b"2"}), head, "second")
    assert move_branch(repo, "made", made, "")
    assert sh(folder, "git log -1 --format=%s made; git reflog made").endswith("bricklayer")
    sh(folder, "git pack-refs --all")
    delete_branch(repo, "made", made)
    assert sh(folder, "git branch --list made; git fsck --no-dangling") == ""
    assert describe_uncommitted(folder) == ""


def test_a_pipe_in_place_of_a_file_of_git_keeps_nobody_waiting(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unpacked archive may have one: for its settings, what they include, or its HEAD."""
    monkeypatch.setattr(find_repo, "LOOK_SECONDS", 0.5)
    monkeypatch.setattr(clean_dir, "LOOK_SECONDS", 0.5)
    os.mkfifo(folder / "pipe")
    sh(folder, "git config include.path ../pipe")
    with pytest.raises(UserError, match="did not answer"):
        open_repo(folder)
    (folder / ".git" / "HEAD").unlink()
    os.mkfifo(folder / ".git" / "HEAD")
    with pytest.raises((UserError, GitError)):
        Repo(folder / ".git").run("rev-parse", "HEAD")


@pytest.mark.slow
def test_a_git_that_does_not_end_is_killed_with_all_it_started(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    hang = f"alias.hang=!sleep 1000 & echo $! >{pid}; wait"
    with pytest.raises(GitError, match="it was killed"):
        run_git(("-c", hang, "hang"), b"", {}, (0,), 1.0)
    assert has_ended(int(pid.read_text()))


def has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).wait(10) is None
    except psutil.NoSuchProcess:
        return True


def test_no_home_to_write_to_is_no_hindrance(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", os.devnull)
    assert open_repo(folder).resolve_rev("HEAD")


def test_a_cache_that_is_another_accounts_is_not_used(
    folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who could write there would have git read settings of theirs, and run what these name."""
    cache = home / ".cache" / "bricklayer"
    cache.mkdir(parents=True)
    if os.geteuid() == 0:
        os.chown(cache, 1234, 1234)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: cache.stat().st_uid + 1)
    assert open_repo(folder).resolve_rev("HEAD")
    assert list(cache.iterdir()) == []
    monkeypatch.setattr(os, "geteuid", lambda: cache.stat().st_uid + 1)
    with pytest.raises(OSError, match="another account"):
        CacheFile(cache / "context.sqlite")


def test_a_partial_clone_says_how_to_make_it_whole(folder: Path, tmp_path: Path) -> None:
    """Nothing is fetched into a person's repository: not by their ssh, not by their helpers."""
    sh(folder, "git config uploadpack.allowFilter true")
    sh(tmp_path, f"git clone -q --no-checkout --filter=blob:none file://{folder} part")
    part = open_repo(tmp_path / "part")
    with pytest.raises(UserError, match="partial") as caught:
        checkout_tree(part, part.resolve_rev("HEAD"), tmp_path / "out", tmp_path / "index")
    assert "git fetch --refetch --no-filter" in caught.value.hint
    sh(tmp_path / "part", "git fetch -q --refetch --no-filter")
    checkout_tree(part, part.resolve_rev("HEAD"), tmp_path / "out", tmp_path / "index")


def test_of_the_persons_settings_only_the_way_to_a_server_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "gitconfig"
    settings.write_text(
        '[http]\n\tproxy = "http://p:q\\\\\\"@x"\n\tcookieFile = /c\n\textraHeader = X\n\tsslVerify\n'
        '[http "https://ghe.example/"]\n\tsslCAInfo = ~/ca.pem\n[credential]\n\thelper = !evil\n'
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    written = tmp_path / "written"
    written.write_text(format_http_settings())
    listed = sh(tmp_path, f"git config --file {written} --list")
    assert listed.splitlines() == [
        'http.proxy=http://p:q\\"@x',
        "http.https://ghe.example/.sslcainfo=~/ca.pem",
    ]
