"""What the doctor says of the repository that it stands in."""

import subprocess
from pathlib import Path

import pytest

from bot.config.machine import Settings
from runners.doctor.finding import Finding
from runners.doctor.repository import examine_repository

GOOD = '[checks.test]\nrun = "test -f a"\n'


def git(folder: Path, *args: str) -> None:
    who = ("-c", "user.name=x", "-c", "user.email=x@example.com")
    subprocess.run(["git", *who, *args], cwd=folder, check=True, capture_output=True, timeout=30)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "a").write_text("x" * 100)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "Begin")
    return folder


def examine(folder: Path) -> list[Finding]:
    return list(examine_repository(folder, Settings()))


def signs(folder: Path, text: str) -> tuple[str, str]:
    found = [one for one in examine(folder) if text in one.what]
    assert len(found) == 1, examine(folder)
    return found[0].sign, found[0].hint


def test_no_repository_and_no_commit(tmp_path: Path) -> None:
    """To stand elsewhere is no fault; a repository without a commit can have no job."""
    sign, hint = signs(tmp_path, "not a git repository")
    assert (sign, "--repo" in hint) == ("warning", True)
    git(tmp_path, "init", "-q")
    sign, hint = signs(tmp_path, "no commit yet")
    assert (sign, "git commit" in hint) == ("error", True)


@pytest.mark.parametrize(
    ("text", "commit", "what", "sign", "fix"),
    [
        (None, False, "no .bricklayer.toml yet", "warning", "bricklayer init"),
        (GOOD, False, "is not committed", "warning", "git add .bricklayer.toml"),
        ("chekcs = 1\n", False, "chekcs: no such key", "error", "Did you mean checks?"),
        ("[checks\n", True, "not TOML", "error", "Fix that line"),
        ('label = "x"\n', True, "names no check", "error", "bricklayer init"),
        (GOOD, True, "checks test", "ok", "bricklayer check"),
        ('[checks.x]\nrun = "make test"\n', True, "no makefile", "error", "`dir`"),
        ('[checks.x]\nrun = "no-such-tool -q"\n', True, "no-such-tool", "error", "install it"),
    ],
)
def test_its_configuration(  # noqa: PLR0917, PLR0913 - one row each
    repo: Path, text: str | None, commit: bool, what: str, sign: str, fix: str
) -> None:
    if text is not None:
        (repo / ".bricklayer.toml").write_text(text)
    if commit:
        git(repo, "add", "-A")
        git(repo, "commit", "-qm", "Configure")
    found = signs(repo, what)
    assert found[0] == sign
    assert fix in found[1]


def test_a_change_that_is_not_committed(repo: Path) -> None:
    """The checkout's file is looked at, as the next commit would have it."""
    (repo / ".bricklayer.toml").write_text(GOOD)
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Configure")
    (repo / ".bricklayer.toml").write_text('[checks.x]\nrun = "make test"\n')
    assert signs(repo, "has changes that are not committed")[0] == "warning"
    assert signs(repo, "[checks.x]")[0] == "error"


def test_a_partial_and_a_shallow_clone(repo: Path, tmp_path: Path) -> None:
    """What git would fetch later is not there for a job, which has no network."""
    git(repo, "config", "uploadpack.allowFilter", "true")
    (repo / "a").write_text("y")
    git(repo, "commit", "-qam", "More")
    url, words = repo.as_uri(), ("--filter=blob:none", "--no-checkout", "--depth=1")
    git(tmp_path, "clone", "-q", *words, url, "part")
    sign, hint = signs(tmp_path / "part", "partial clone, which lacks 1 object")
    assert (sign, "git fetch" in hint) == ("error", True)
    assert signs(tmp_path / "part", "a shallow clone")[0] == "warning"
    git(tmp_path / "part", *hint.removeprefix("Fetch them: git ").split())
    assert not [one for one in examine(tmp_path / "part") if "partial clone" in one.what]
