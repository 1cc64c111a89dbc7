import os
import resource
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runners.edits import EditError, Edits, apply_reply, open_reader, write_edits

REPO = Path(__file__).parents[3]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree with a script, a link out of it, a submodule and a nested repository."""
    root = tmp_path / "root"
    (root / "pkg").mkdir(parents=True)
    (root / ".git").mkdir()
    (root / "pkg" / "run.sh").write_text("old\n")
    (root / "pkg" / "run.sh").chmod(0o755)
    (root / "a.txt").write_text("a\n")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("secret\n")
    (root / "way").symlink_to(tmp_path / "outside")
    (root / "link.txt").symlink_to("a.txt")
    (root / "nested" / ".git").mkdir(parents=True)
    (root / ".gitmodules").write_text('[submodule "x"]\n\tpath = vendor/x\n')
    return root


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    found = {}
    for at, dirs, files in os.walk(folder):
        for name in (*dirs, *files):
            path = Path(at, name)
            plain = path.is_file() and not path.is_symlink()
            found[str(path)] = (path.lstat().st_mode, path.read_bytes() if plain else b"")
    return found


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../outside/secret",
        "pkg/../../outside/secret",
        "way/secret",
        "way/new",
        "link.txt",
        "pkg",
        "a.txt/b",
        "",
        ".",
        "pkg/",
        "..",
        "~/x",
        "C:/x",
        "pkg\\run.sh",
        "..\\outside\\secret",
        "a\0b",
        "a\nb",
        ".git/config",
        ".GIT/config",
        ".Git/hooks/post-commit",
        "pkg/.git/config",
        ".git./config",
        ".git /config",
        "GIT~1/config",
        ".g\u200cit/config",
        ".git::$INDEX_ALLOCATION/config",
        "nested/file",
        "vendor/x",
        "vendor/x/file",
        "x" * 300,
        "\ud800",
    ],
)
def test_nothing_is_read_or_written_outside(root: Path, path: str) -> None:
    """A path that leaves the tree, or enters git's or another repository's, is refused whole."""
    before = snapshot(root.parent)
    with pytest.raises(EditError):
        write_edits(root, Edits({"a.txt": b"changed", "new/dir/file": b"new", path: b"evil"}))
    with pytest.raises(EditError):
        open_reader(root)(path)
    with pytest.raises(EditError):
        write_edits(root, Edits({path: None}))
    assert snapshot(root.parent) == before


def test_files_are_made_changed_and_deleted_with_their_mode(root: Path) -> None:
    """A changed file keeps its mode, a new one gets its directories."""
    edits = Edits({"pkg/run.sh": b"new\n", "deep/er/file": b"x", "a.txt": None})
    assert write_edits(root, edits) == ["a.txt", "deep/er/file", "pkg/run.sh"]
    assert (root / "pkg" / "run.sh").read_bytes() == b"new\n"
    assert stat.S_IMODE((root / "pkg" / "run.sh").stat().st_mode) == 0o755
    assert (root / "deep" / "er" / "file").read_bytes() == b"x"
    assert not (root / "a.txt").exists()
    assert not [name for name in snapshot(root) if ".tmp" in name]


def test_a_failure_half_way_leaves_everything_as_it_was(root: Path) -> None:
    """When a later file cannot take its place, the earlier ones go back to what they were."""
    before = snapshot(root)
    with pytest.raises(OSError, match="directory"):
        write_edits(
            root, Edits({"a.txt": b"changed", "b": b"file", "b/c": b"b is a directory", "0": b""})
        )
    assert snapshot(root) == before


def test_deleting_what_is_not_there_changes_nothing(root: Path) -> None:
    """One impossible deletion refuses the whole write."""
    before = snapshot(root)
    with pytest.raises(EditError, match="no such file"):
        write_edits(root, Edits({"a.txt": b"changed", "gone": None}))
    assert snapshot(root) == before


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_that_cannot_be_written_in_full_leaves_no_trace(root: Path) -> None:
    """An error of the disk in the middle of a write_edits is the same as no write."""
    before = snapshot(root)
    with largest_file(1000), pytest.raises(OSError, match="large"):
        write_edits(root, Edits({"a.txt": b"small", "dir/new": b"x" * 5000}))
    assert snapshot(root) == before


FULL = """
import errno, sys
from pathlib import Path
from runners.edits import Edits, write_edits
root = Path("/mnt")
(root / "a").write_bytes(b"old")
try:
    write_edits(root, Edits({"a": b"new", "d/b": b"x" * 40_000, "d/c": b"y" * 40_000}))
except OSError as full:
    assert full.errno == errno.ENOSPC, full
    assert [p.name for p in root.iterdir()] == ["a"] and (root / "a").read_bytes() == b"old"
    print("as it was")
"""


def test_a_full_disk_leaves_everything_as_it_was() -> None:
    """On a real file system without room for the second file, the first stays old."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        pytest.skip("bubblewrap makes the small disk, and is not installed")
    disk = [
        bwrap,
        "--ro-bind",
        "/",
        "/",
        "--size",
        "65536",
        "--tmpfs",
        "/mnt",
        "--chdir",
        str(REPO),
    ]
    if subprocess.run([*disk, "true"], capture_output=True, timeout=20, check=False).returncode:
        pytest.skip("bubblewrap may not make a file system here")
    run = [*disk, sys.executable, "-B", "-c", FULL]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "as it was\n", done.stderr


def test_a_reply_is_applied_to_a_directory(root: Path) -> None:
    """The command line's way in: paths written, or a reason and nothing changed."""
    reply = "<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n"
    assert apply_reply(root, "a.txt", reply) == ["a.txt"]
    assert (root / "a.txt").read_text() == "b\n"
    before = snapshot(root.parent)
    for path in ("link.txt", "way/secret", "../outside/secret", ".git/config"):
        with pytest.raises(EditError):
            apply_reply(root, "", f"{path}\n```\nevil\n```\n")
    with pytest.raises(EditError, match="already in the file"):
        apply_reply(root, "a.txt", reply)
    assert snapshot(root.parent) == before


@pytest.mark.parametrize(
    ("new", "there"),
    [("A.txt", "a.txt"), ("pkg/Run.sh", "pkg/run.sh"), ("PKG/run.sh", "pkg/run.sh")],
)
def test_a_path_that_differs_in_case_alone_is_refused(root: Path, new: str, there: str) -> None:
    """Some file systems hold just one of both; the message names the one there is."""
    with pytest.raises(EditError, match=f"there is {there} already"):
        apply_reply(root, "", f"{new}\n```\nx\n```\n")
    assert not (root / new).exists()
    moved = Edits({there: None, new: b"x\n"})
    assert write_edits(root, moved) == sorted([there, new])
