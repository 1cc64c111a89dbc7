"""Which files a diff touches, against what git itself says it does."""

import subprocess
from pathlib import Path

import pytest

from bot.plan.code_blocks import Touch, find_patch_touches, patch_fault


def git(folder: Path, *words: str) -> str:
    return subprocess.run(
        ("git", *words), cwd=folder, check=True, capture_output=True, text=True, timeout=30
    ).stdout


def touched(diff: str) -> set[tuple[str, str]]:
    return {(touch.path, touch.how) for touch in find_patch_touches(diff)}


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    files = {
        "edit.py": "a\nb\n",
        "gone.py": "x\n",
        "old name.py": "1\n2\n3\n4\n",
        "moved.py": "5\n6\n7\n8\n9\n",
        "empty": "",
        "ü.py": "u\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "base")
    return tmp_path


def test_a_diff_by_git_names_what_git_changed(repo: Path) -> None:
    """Edits, creations, deletions, renames, odd and quoted names, empty files."""
    (repo / "edit.py").write_text("a\nc\n")
    (repo / "ü.py").write_text("v\n")
    (repo / "new.py").write_text("n\n")
    (repo / "made").write_text("")
    for name in ("gone.py", "empty"):
        (repo / name).unlink()
    (repo / "old name.py").rename(repo / "new name.py")
    (repo / "moved.py").rename(repo / "here.py")
    (repo / "here.py").write_text("5\n6\n7\n8\n0\n")
    git(repo, "add", "-A")
    assert touched(git(repo, "diff", "--cached", "-M")) == {
        ("edit.py", "edit"), ("ü.py", "edit"), ("new.py", "write"), ("made", "write"),
        ("gone.py", "delete"), ("empty", "delete"), ("old name.py", "delete"),
        ("new name.py", "write"), ("moved.py", "delete"), ("here.py", "write"),
    }  # fmt: skip


def test_lines_of_a_hunk_that_look_like_headers_name_nothing() -> None:
    """Removing `-- x` and adding `++ y` shows as `--- x` and `+++ y` and is no file."""
    diff = "--- a/x.sql\n+++ b/x.sql\n@@ -1,2 +1,2 @@\n--- old\n+++ new\n k\n"
    assert find_patch_touches(diff) == (Touch("x.sql", "edit", 0),)


@pytest.mark.parametrize(
    ("diff", "found"),
    [
        ("--- x.py\t2024-01-01\n+++ x.py\t2024-01-02\n@@ -1 +1 @@\n-a\n+b\n", ("x.py", "edit")),
        ("--- a/x.py\r\n+++ b/x.py\r\n@@ -1 +1 @@\r\n-a\r\n+b\r\n", ("x.py", "edit")),
        ("--- /dev/null\n+++ b/x.py\n@@ -0,0 +1 @@\n+b\n", ("x.py", "write")),
        ("--- b/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n", ("b/x.py", "edit")),
    ],
)
def test_diffs_that_people_write(diff: str, found: tuple[str, str]) -> None:
    """Bare names, time stamps and Windows line ends are understood."""
    assert touched(diff) == {found}


@pytest.mark.parametrize(
    ("diff", "why"),
    [
        ("GIT binary patch\nliteral 1\n", "a binary patch"),
        ("diff --git a/l b/l\nnew file mode 120000\n", "symlink or submodule"),
        ("diff --git a/l b/l\nnew mode 160000\n", "symlink or submodule"),
        ("@@ -1 +1 @@\n-a\n+b\n", "names no file"),
        ("", "names no file"),
        ("--- /dev/null\n+++ /dev/null\n@@ -1 +1 @@\n-a\n+b\n", "names no file"),
    ],
)
def test_patches_a_plan_may_not_bring(diff: str, why: str) -> None:
    """Binary content, links, and diffs of nothing are refused."""
    assert why in patch_fault(diff)
