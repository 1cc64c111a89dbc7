"""What an agent left is read as data: its task's own plain files, and nothing through them."""

import os
import subprocess
from pathlib import Path

import pytest

from bot.git.objects import Entry
from bot.git.repo import Repo
from bot.git.write_tree import write_tree
from runners.agents.read_work import MAX_WRITTEN_BYTES, AgentWork, read_work

OUTSIDE = "root:x:0:0"


@pytest.fixture
def tree(tmp_path: Path) -> dict[str, Entry]:
    """What the agent began with, as git has it."""
    repo = tmp_path / "repo.git"
    subprocess.run(["git", "init", "-q", "--bare", repo], check=True)
    opened = Repo(repo)
    empty = opened.read_output("mktree")
    made = write_tree(opened, empty, {"bank.py": b"a\n", "src/other.py": b"b\n", "README": b"c\n"})
    return opened.list_entries(made)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    (folder / "src").mkdir(parents=True)
    (folder / "bank.py").write_text("a\n")
    (folder / "src" / "other.py").write_text("b\n")
    (folder / "README").write_text("c\n")
    (tmp_path / "passwd").write_text(OUTSIDE)
    return folder


def test_what_is_as_it_was_is_no_work(folder: Path, tree: dict[str, Entry]) -> None:
    (folder / "bank.py").chmod(0o755)  # a mode is none of the task's
    assert read_work(folder, tree, {"bank.py"}) == AgentWork({})


def test_what_the_task_may_write_counts(folder: Path, tree: dict[str, Entry]) -> None:
    """Changed or new."""
    (folder / "bank.py").write_bytes(b"new\xff\n")
    (folder / "docs").mkdir()
    (folder / "docs" / "a.md").write_text("hi")
    work = read_work(folder, tree, {"bank.py", "docs/a.md", "docs/b.md"})
    assert work == AgentWork({"bank.py": b"new\xff\n", "docs/a.md": b"hi"})


def test_what_is_not_the_tasks_is_left_out_and_told(folder: Path, tree: dict[str, Entry]) -> None:
    """Changed, removed or made: each by its name, a few of them."""
    (folder / "bank.py").write_text("new\n")
    (folder / "src" / "other.py").write_text("x\n")  # of the same size
    (folder / "README").unlink()
    (folder / "made").write_text("x")
    work = read_work(folder, tree, {"bank.py"})
    assert work.files == {"bank.py": b"new\n"}
    assert work.refused == ("not the task's to write, so left out: README, made, src/other.py",)


def test_what_tools_make_by_themselves_is_not_told(folder: Path, tree: dict[str, Entry]) -> None:
    for name in ("__pycache__/bank.pyc", "node_modules/x/y.js", ".git/config", "vendor/z"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text("x")
    assert read_work(folder, tree, {"bank.py"}, made_by_setup=("vendor",)).refused == ()


def test_a_removal_counts_where_the_plan_has_it(folder: Path, tree: dict[str, Entry]) -> None:
    (folder / "bank.py").unlink()
    assert read_work(folder, tree, {"bank.py"}, removable={"bank.py"}).files == {"bank.py": None}
    work = read_work(folder, tree, {"bank.py"})
    assert work.files == {}
    assert "bank.py was removed" in work.refused[0]
    assert read_work(folder, tree, {"bank.py"}, unseen={"bank.py"}).refused == ()


@pytest.mark.parametrize("kind", ["link", "process", "pipe", "socket", "folder", "folder-link"])
def test_only_a_plain_file_is_read(
    folder: Path, tree: dict[str, Entry], tmp_path: Path, kind: str
) -> None:
    """Nothing is followed or waited for."""
    path, own = folder / "bank.py", "bank.py"
    path.unlink()
    if kind == "link":
        path.symlink_to(tmp_path / "passwd")
    elif kind == "process":
        path.symlink_to("/proc/self/environ")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        os.mknod(path, 0o600 | 0o140000)
    elif kind == "folder":
        path.mkdir()
    else:
        own = "src/passwd"
        for each in (folder / "src").iterdir():
            each.unlink()
        (folder / "src").rmdir()
        (folder / "src").symlink_to(tmp_path)
    work = read_work(folder, tree, {own})
    assert work.files == {}
    assert work.refused
    assert OUTSIDE not in str(work)


def test_another_repository_within_is_not_read(folder: Path, tree: dict[str, Entry]) -> None:
    (folder / "src" / ".git").mkdir()
    (folder / "src" / "other.py").write_text("new\n")
    work = read_work(folder, tree, {"src/other.py"})
    assert work.files == {}
    assert "repository of its own" in work.refused[0]


@pytest.mark.parametrize("path", [".git/config", "../passwd", "/etc/passwd", "a/../../passwd"])
def test_a_path_that_leads_outside_is_refused(
    folder: Path, tree: dict[str, Entry], path: str
) -> None:
    assert read_work(folder, tree, {path}).files == {}


def test_a_file_that_is_too_large_is_refused(folder: Path, tree: dict[str, Entry]) -> None:
    """Also one that takes no room on the disk."""
    os.truncate(folder / "bank.py", 1 << 40)
    work = read_work(folder, tree, {"bank.py"})
    assert work.files == {}
    assert f"larger than {MAX_WRITTEN_BYTES >> 20} MiB" in work.refused[0]


@pytest.mark.slow
def test_folders_of_any_depth_are_no_trouble(folder: Path, tree: dict[str, Entry]) -> None:
    """Where Python's own walks end in an error."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(1100):
        os.mkdir("d", dir_fd=here)
        deeper = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)
    assert read_work(folder, tree, {"bank.py"}).files == {}
    subprocess.run(["rm", "-rf", folder / "d"], check=True)


def test_names_that_are_no_text_are_told_printably(folder: Path, tree: dict[str, Entry]) -> None:
    (folder / os.fsdecode(b"\xff\x1b[2J")).write_text("x")
    work = read_work(folder, tree, {"bank.py"})
    assert "\x1b" not in work.refused[0]
    work.refused[0].encode()


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads whatever it is")
def test_a_file_that_may_not_be_read_is_refused(folder: Path, tree: dict[str, Entry]) -> None:
    (folder / "bank.py").chmod(0)
    assert read_work(folder, tree, {"bank.py"}).files == {}
