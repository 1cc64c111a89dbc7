"""What was approved is content: the same change needs no second approval, any other one does."""

import subprocess
from pathlib import Path

import pytest

from bot.approval.diff_risks import find_open_risks
from bot.config.repository import RepoConfig, parse_repo_config
from bot.git.find_repo import open_repo
from bot.git.repo import Repo

SEEN = "printf '[build-system]\\nrequires = []\\n' > pyproject.toml"
SKIPPED = "printf 'def test_a():\\n    assert a\\n' > test_bank.py"
ANY = RepoConfig()
MANY = parse_repo_config("[limits]\nfiles = 2\nlines = 1000\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tests = "def test_a():\\n    assert a\\ndef test_b():\\n    assert b\\n"
    sh(tmp_path, "git init -q -b main .; echo '[project]' > pyproject.toml; echo x > bank.py")
    sh(tmp_path, f"printf '{tests}' > test_bank.py; echo v > uv.lock")
    sh(tmp_path, "git add -A; git commit -qm base; git tag base")
    return tmp_path


@pytest.fixture
def repo(folder: Path) -> Repo:
    return open_repo(folder)


def sh(folder: Path, line: str) -> None:
    subprocess.run(["sh", "-ec", line], cwd=folder, capture_output=True, timeout=30, check=True)


def accept(folder: Path, repo: Repo, line: str, config: RepoConfig = ANY) -> tuple[str, ...]:
    """Fingerprints of all that needs approval once `line` was committed; there must be some."""
    sh(folder, f"{line}; git add -A; git commit -qm seen")
    marks = tuple(m for r in find_open_risks(repo, "base", "HEAD", config) for m in r.content)
    assert marks
    return marks


@pytest.mark.parametrize(
    ("seen", "later"),
    [
        (SEEN, f"{SEEN}; echo '[tool.pytest.ini_options]' >> pyproject.toml"),
        (SEEN, "git rm -q pyproject.toml"),
        (SEEN, "chmod +x pyproject.toml"),
        (SEEN, "rm pyproject.toml; ln -s bank.py pyproject.toml"),
        (SEEN, "git checkout -q base -- pyproject.toml; echo 2 > uv.lock"),
        (SKIPPED, "git rm -q test_bank.py"),
        (SKIPPED, "printf 'def test_a():\\n    pass\\n' > test_bank.py"),
        ("git rm -q test_bank.py", "git checkout -q base -- test_bank.py; git rm -q uv.lock"),
        ("git rm -q uv.lock", "echo 3 > uv.lock"),
    ],
)
def test_a_later_change_of_what_was_approved_waits_again(
    folder: Path, repo: Repo, seen: str, later: str
) -> None:
    marks = accept(folder, repo, seen)
    sh(folder, "echo y > bank.py; git add -A; git commit -qm round")
    assert find_open_risks(repo, "base", "HEAD", RepoConfig(), marks) == ()
    sh(folder, f"{later}; git add -A; git commit -qm later")
    assert find_open_risks(repo, "base", "HEAD", RepoConfig(), marks)


def test_a_test_that_had_moved_and_is_lost_later_waits_though_its_old_file_did_not_change(
    folder: Path, repo: Repo
) -> None:
    moved = f"{SKIPPED}; printf '@skip\\ndef test_a():\\n    assert a\\n' > test_bank.py"
    to_other = "printf 'def test_b():\\n    assert b\\n' > test_other.py"
    marks = accept(folder, repo, f"{moved}; {to_other}")
    sh(folder, "git rm -q test_other.py; git commit -qm lost")
    (risk,) = find_open_risks(repo, "base", "HEAD", RepoConfig(), marks)
    assert "test_b" in risk.reason


def test_an_approved_size_covers_its_files_as_they_were(folder: Path, repo: Repo) -> None:
    line = "for n in 1 2 3; do echo $n > new$n.py; done"
    marks = accept(folder, repo, line, MANY)
    sh(folder, "echo 9 > new1.py; git add -A; git commit -qm round")
    assert find_open_risks(repo, "base", "HEAD", MANY, marks) == (), "one file is not too many"
    sh(folder, "for n in 1 2 3; do echo 8$n > new$n.py; done; git add -A; git commit -qm round")
    (risk,) = find_open_risks(repo, "base", "HEAD", MANY, marks)
    assert risk.reason == "it changes 3 files, more than 2"
