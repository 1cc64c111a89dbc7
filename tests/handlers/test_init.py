"""`bricklayer init`, from a repository without anything to its first job."""

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest
from support.template_client import COMMAND as BRICKLAYER

from bot.config.machine import parse_settings
from bot.git.find_repo import open_repo
from handlers.onboarding import Place, Wishes, _try_file, run_onboarding
from handlers.onboarding_files import read_config
from runners.onboarding.model_servers import ModelServer

MAKEFILE = "test:\n\t@test -f greeting && echo fine\n"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """Somebody's repository: a Makefile with a test, committed."""
    folder = tmp_path / "repo"
    folder.mkdir()
    (folder / "Makefile").write_text(MAKEFILE)
    (folder / "greeting").write_text("hello\n")
    git(folder, "init", "-q", "-b", "main")
    commit(folder)
    return folder


def git(folder: Path, *args: str) -> str:
    argv = ["git", *args]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=True).stdout


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "state")


def bricklayer(folder: Path, *args: str, stdin: int = subprocess.DEVNULL) -> tuple[int, str]:
    process = subprocess.Popen(
        [BRICKLAYER, *args],
        cwd=folder,
        env=dict(os.environ),
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    out, _ = process.communicate(timeout=100)
    return process.returncode, out


@pytest.mark.slow
def test_init_leads_to_a_first_job_that_passes(repo: Path, home: Path) -> None:
    """Three commands and no model: init, commit, run; a second init changes nothing."""
    code, out = bricklayer(repo, "init", "--yes")
    assert code == 0, out
    assert "make, tested by make test (`test` in Makefile)" in out.replace("'", "`")
    assert "ok     test: " in out
    settings = home / ".config" / "bricklayer" / "bricklayer.toml"
    parse_settings(settings.read_text())
    assert (settings.parent / "bricklayer.schema.json").is_file()
    git(repo, "add", ".bricklayer.toml")
    git(repo, "commit", "-qm", "Name the checks")
    code, out = bricklayer(repo, "run", "job.md")
    assert code == 0, out
    assert "not a single token was spent" in out
    branch = "bricklayer/say-how-the-tests-are-run"
    assert "make test" in git(repo, "show", f"{branch}:TESTING.md")
    kept = {path: path.read_text() for path in (*repo.glob("*.md"), repo / ".bricklayer.toml")}
    code, out = bricklayer(repo, "init", "--yes")
    assert code == 0, out
    assert ".bricklayer.toml: it stays as it is, and is tried" in out
    assert "ok     test: " in out
    assert "/dev/null" not in out
    assert kept == {path: path.read_text() for path in kept}


def test_without_a_terminal_and_without_a_word_nothing_is_written(repo: Path, home: Path) -> None:
    """What would be written is shown all the same, and how to say yes."""
    code, out = bricklayer(repo, "init")
    assert code == 2
    assert "+[checks.test]" in out
    assert "no terminal to ask" in out
    assert "--yes" in out
    assert not git(repo, "status", "--short")
    assert not (home / ".config").exists()


def test_as_data_it_tells_the_same_and_asks_nobody(repo: Path) -> None:
    """Without --yes what would be written; with it what was, and what came of each check."""
    process = subprocess.run(
        [BRICKLAYER, "init", "--json"], cwd=repo, capture_output=True, text=True, check=False
    )
    assert process.returncode == 2
    facts = json.loads(process.stdout)
    assert (facts["v"], facts["ready"], facts["checks"]) == (1, False, [])
    assert "--yes" in process.stderr
    assert not any(each["written"] for each in facts["files"])
    assert not git(repo, "status", "--short")
    argv = [BRICKLAYER, "init", "--json", "--yes"]
    process = subprocess.run(argv, cwd=repo, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    facts = json.loads(process.stdout)
    assert facts["ready"]
    assert facts["parts"][0]["check"]["run"] == "make test"
    assert facts["config"] == (repo / ".bricklayer.toml").read_text()
    assert [(each["name"], each["state"]) for each in facts["checks"]] == [("test", "passed")]
    assert all(each["written"] for each in facts["files"])
    assert str(repo / "job.md") in {each["path"] for each in facts["files"]}


def test_a_red_check_is_shown_with_its_output_and_is_no_gate(repo: Path) -> None:
    """Without a green check no job could end, so none is written, and the reason is told."""
    git(repo, "rm", "-q", "greeting")
    commit(repo)
    code, out = bricklayer(repo, "init", "--yes")
    assert code == 2
    assert "red    test: exit 2" in out
    assert "  make: *** [Makefile:2: test] Error 1" in out
    assert "No check passed" in out
    assert (repo / ".bricklayer.toml").is_file()
    assert not (repo / "job.md").exists()


def test_a_config_that_is_there_is_tried_and_only_what_passes_is_the_gate(repo: Path) -> None:
    """It need not be committed yet; each check is run once, and the mend of each is named."""
    lines = '[checks.fine]\nrun = "true"\n[checks.gone]\nrun = "no-such-program"\n'
    (repo / ".bricklayer.toml").write_text(lines)
    code, out = bricklayer(repo, "init", "--yes")
    assert code == 0, out
    assert "ok     fine: " in out
    assert "this machine has no no-such-program" in out.lower()
    assert "checks: [fine]" in (repo / "job.md").read_text()
    assert (repo / ".bricklayer.toml").read_text() == lines


def test_settings_that_are_there_stay_and_what_they_lack_is_shown(
    repo: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of a person's file is written over: it may hold what nobody else knows."""
    settings = home / ".config" / "bricklayer" / "bricklayer.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("setup_cache = 7\n")
    monkeypatch.setenv("PIP_INDEX_URL", "https://ann:secret@index.example.com/simple")
    code, out = bricklayer(repo, "init", "--yes")
    assert code == 0, out
    assert "You may want to add" in out
    assert 'PIP_INDEX_URL = { env = "PIP_INDEX_URL" }' in out
    assert "secret" not in out
    assert settings.read_text() == "setup_cache = 7\n"


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_a_link_or_folder_in_the_way_is_not_followed(repo: Path, home: Path, kind: str) -> None:
    """A repository that holds one in place of a file cannot have anything else written."""
    victim = home / "victim"
    if kind == "link":
        (repo / "job.md").symlink_to(victim)
    else:
        (repo / "job.md").mkdir()
    code, out = bricklayer(repo, "init", "--yes")
    assert code == 0, out
    assert "job.md: it stays as it is" in out
    assert not victim.exists()


def answer_on_terminal(repo: Path, answer: bytes) -> str:
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [BRICKLAYER, "init"], cwd=repo, stdin=terminal, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    seen, is_answered = b"", False
    while True:
        try:
            piece = os.read(controller, 65536)
        except OSError:
            # A terminal that nobody holds any more: https://man7.org/linux/man-pages/man4/pts.4.html
            break
        seen += piece
        if b"Write these files?" in seen and not is_answered:
            os.write(controller, answer)
            is_answered = True
        if not piece:
            break
    process.wait(timeout=100)
    os.close(controller)
    return seen.decode()


@pytest.mark.parametrize(("answer", "is_written"), [(b"y\n", True), (b"n\n", False)])
def test_on_a_terminal_it_asks(repo: Path, answer: bytes, *, is_written: bool) -> None:
    """Only a yes writes."""
    out = answer_on_terminal(repo, answer)
    assert "Write these files?" in out
    assert (repo / ".bricklayer.toml").exists() == is_written, out


@pytest.mark.parametrize(
    ("made", "said"), [("--bare", "a bare repository"), ("-q", "has no commit yet")]
)
def test_where_nothing_can_be_set_up_it_says_why(tmp_path: Path, made: str, said: str) -> None:
    """A person's mistake is told with what to do, and exits 2."""
    git(tmp_path, "init", made, "place")
    code, out = bricklayer(tmp_path, "init", "--yes", "--repo", "place")
    assert code == 2
    assert said in out


PYTEST = """\
import sys
wanted = "--deselect=test_net.py::test_get"
print("1 passed" if wanted in sys.argv else "FAILED test_net.py::test_get - OSError\\n1 failed")
sys.exit(wanted not in sys.argv)
"""


def test_what_fails_before_anything_was_changed_can_be_left_to_ci(
    repo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a terminal, after a yes, and only in a file that was written a moment ago."""
    (repo / "pytest.py").write_text(PYTEST)
    commit(repo)
    text = '# mine\n[checks.test]\nrun = "python3 -m pytest -q"\n'
    (repo / ".bricklayer.toml").write_text(text)
    place = Place(open_repo(repo), repo, git(repo, "rev-parse", "HEAD").strip())
    monkeypatch.setattr("handlers.onboarding.is_terminal", lambda: True)
    monkeypatch.setattr("handlers.onboarding.exit_on_interrupt", lambda: None)
    monkeypatch.setattr("typer.confirm", lambda *_, **__: True)
    for may_change, passed in ((False, False), (True, True)):
        file = read_config(place.config)
        assert file is not None
        file, [trial] = _try_file(place, file, may_change=may_change)
        assert trial.passed == passed, capsys.readouterr().out
        assert (place.config.read_text() == text) != may_change
    assert "# mine" in file.text
    assert "--deselect=test_net.py::test_get" in file.config.checks["test"].run


@pytest.mark.parametrize("name", [".bricklayer.toml", ".github"])
def test_a_link_is_neither_read_nor_written_through(repo: Path, home: Path, name: str) -> None:
    """What lies outside the checkout is nobody's settings, and nothing is put there."""
    target = home / "private"
    target.mkdir()
    (target / "x").write_text("[checks.a]\nrun = 'true'\n")
    (repo / name).symlink_to(target / "x" if name == ".bricklayer.toml" else target)
    code, out = bricklayer(repo, "init", "--yes", "--workflow")
    assert code == 2
    assert "link" in out or "not a regular file" in out
    assert [path.name for path in target.rglob("*")] == ["x"]


def test_a_model_server_that_came_later_is_added_to_the_settings(
    repo: Path, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At the end of the file; a second time nothing is added, as a local model is named."""
    settings = home / ".config" / "bricklayer" / "bricklayer.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("# mine\nsetup_cache = 7")
    server = ModelServer("vLLM", "http://127.0.0.1:8000/v1", ("a/b",), 16384)
    monkeypatch.setattr("runners.onboarding.propose.find_model_servers", lambda _ports: (server,))
    monkeypatch.setattr("handlers.onboarding.exit_on_interrupt", lambda: None)
    for _ in range(2):
        assert run_onboarding(repo, Wishes(yes=True)), capsys.readouterr().out
        text = settings.read_text()
        assert text.startswith("# mine\nsetup_cache = 7\n\n[tiers.local]")
        assert text.count("[tiers.local]") == 1
    assert parse_settings(text).tiers["local"].context == 16384
