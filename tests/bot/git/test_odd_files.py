"""A repository whose `.git` no git made is refused at once, and says which file is odd."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.git.find_repo import open_repo

PIPES = (
    *("index", "packed-refs", "shallow", "objects/info/alternates", "objects/info/commit-graph"),
    *("objects/pack/pack-1.idx", "objects/ab/cdef", "refs/heads/main2", "logs/refs/heads/x"),
)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", tmp_path / "repo"], check=True)
    return tmp_path / "repo"


@pytest.mark.parametrize("name", PIPES)
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_git_waits_for_no_pipe_or_device(
    repo: Path, name: str, make: Callable[[Path], None]
) -> None:
    path = repo / ".git" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    make(path)
    with pytest.raises(UserError, match="is no file: git would wait"):
        open_repo(repo)


@pytest.mark.parametrize("name", ["refs/heads/bricklayer", "logs/refs", "refs/heads/main"])
def test_no_reference_is_written_outside(repo: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "outside").mkdir()
    path = repo / ".git" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(tmp_path / "outside")
    with pytest.raises(UserError, match="leads out of the repository"):
        open_repo(repo)


def test_usual_links_are_followed(repo: Path, tmp_path: Path) -> None:
    """Of a second work tree, of an old git, and one that leads to nothing."""
    second = tmp_path / "second" / ".git"
    second.mkdir(parents=True)
    for name in ("objects", "refs", "config", "logs"):
        (second / name).symlink_to(repo / ".git" / name)
    (second / "HEAD").symlink_to("refs/heads/main")
    (second / "refs/heads/alias").symlink_to("main")
    assert open_repo(second.parent).git_dir == second
