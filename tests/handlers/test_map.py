"""`bricklayer map` on real repositories, as a person calls it."""

import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from support.planted import plant
from support.project import BRICKLAYER, Project

from bot.models.token_estimate import estimate_tokens

FILES = {
    "src/bank.py": "from src.store import Store\n\ndef withdraw(amount): Store(amount)\n",
    "src/store.py": "class Store:\n    pass\n",
    "README.md": "# Bank\n\nHow to withdraw.\n",
}


def bricklayer_map(folder: Path, *args: str, given: bytes = b"") -> tuple[int, str, str]:
    """Exit code, standard output and error."""
    argv = [BRICKLAYER, "map", "--repo", str(folder), *args]
    done = subprocess.run(argv, input=given, capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return plant(tmp_path / "repo", FILES).git_dir


def test_it_shows_the_files_a_text_is_about(repo: Path) -> None:
    """Of a bare repository too: nothing is read from a work tree."""
    code, out, said = bricklayer_map(repo, "--query", "withdraw")
    assert (code, said) == (0, "")
    assert out.split("\n")[1:3] == ["src/bank.py", "  def withdraw(amount)"]


def test_json_says_what_was_sent_and_why(repo: Path) -> None:
    code, out, _ = bricklayer_map(repo, "--query", "withdraw", "--json", "--tokens", "300")
    found = json.loads(out)
    assert code == 0
    assert found["text"] == bricklayer_map(repo, "--query", "withdraw", "--tokens", "300")[1]
    assert (found["budget"], found["tokens"]) == (300, estimate_tokens(found["text"]))
    assert [one["path"] for one in found["files"]] == ["src/bank.py", "README.md", "src/store.py"]
    assert all(one["score"] > 0 and one["reasons"] for one in found["files"])
    assert len(found["commit"]) == 40


@pytest.mark.real_start
@pytest.mark.slow
def test_the_text_may_come_from_standard_input(repo: Path) -> None:
    """Bytes that are no text too; more than 1 MiB is refused."""
    assert "src/bank.py" in bricklayer_map(repo, "--query", "-", given=b"\xff\0 withdraw\n")[1]
    code, _, said = bricklayer_map(repo, "--query", "-", given=b"a" * 1_048_577)
    assert (code, said.split(": ")[1].split("\n")[0]) == (2, "the query is larger than 1 MiB")
    assert bricklayer_map(repo, "--query", "-", given=b"a.a`/" * 200_000)[0] == 0


def test_another_commit_is_named_by_rev(repo: Path) -> None:
    plant(repo, {"other.py": "def withdraw(): pass\n"}, branch="other")
    assert "src/bank.py" not in bricklayer_map(repo, "--rev", "other")[1]
    code, _, said = bricklayer_map(repo, "--rev", "--output=/tmp/x")
    assert code == 2
    assert "no commit here" in said


def test_config_of_the_commit_leaves_out_and_its_faults_are_told(repo: Path) -> None:
    plant(repo, {".bricklayer.toml": '[map]\nexclude = ["src/"]\n'}, onto="main")
    assert "src/bank.py" not in bricklayer_map(repo)[1]
    plant(repo, {".bricklayer.toml": '[map]\nexcept = ["src/"]\n'}, onto="main")
    code, _, said = bricklayer_map(repo)
    assert code == 2
    assert "except" in said


@pytest.mark.parametrize(
    ("files", "tokens", "word"), [({}, "500", "none among"), (FILES, "1", "1 tokens hold none")]
)
def test_nothing_to_show_is_said(
    tmp_path: Path, files: dict[str | bytes, str], tokens: str, word: str
) -> None:
    code, out, said = bricklayer_map(plant(tmp_path / "r", files).git_dir, "--tokens", tokens)
    assert (code, out) == (0, "")
    assert word in said


def test_no_commit_and_no_repository_are_told(tmp_path: Path) -> None:
    assert bricklayer_map(tmp_path)[0] == 2
    subprocess.run(["git", "init", "-q", tmp_path], timeout=30, check=True)
    code, _, said = bricklayer_map(tmp_path)
    assert code == 2
    assert "no commit yet" in said


def test_uncommitted_work_is_not_on_the_map(project: Project) -> None:
    project.write("new.py", "def withdraw(): pass\n")
    out = bricklayer_map(project.repo, "--query", "withdraw")[1]
    assert "bank.py" in out
    assert "new.py" not in out


@pytest.mark.parametrize("how", ["--depth=1", "--filter=blob:none", "--sparse"])
def test_a_clone_that_lacks_something_has_the_same_map(
    tmp_path: Path, repo: Path, how: str
) -> None:
    """Shallow, partial with all of HEAD checked out, and sparse with most files not."""
    subprocess.run(
        ["git", "-C", repo, "config", "uploadpack.allowFilter", "true"], timeout=30, check=True
    )
    argv = ["git", "clone", "-q", how, f"file://{repo}", tmp_path / "clone"]
    subprocess.run(argv, timeout=60, check=True)
    repo.rename(tmp_path / "away")
    want = bricklayer_map(tmp_path / "away", "--query", "withdraw")
    assert bricklayer_map(tmp_path / "clone", "--query", "withdraw") == want
    assert want[0] == 0


def test_hostile_names_reach_no_terminal(tmp_path: Path) -> None:
    names = [
        b"a\n b.py",
        b"tab\t.py",
        b"\x1b[2J.py",
        "\u202egpj.py".encode(),
        b"caf\xe9.py",
        b"'\"`$(x) .py",
    ]
    folder = plant(tmp_path / "r", dict.fromkeys(names, "def withdraw(): pass\n")).git_dir
    for args in ((), ("--json",), ("--svg",)):
        code, out, said = bricklayer_map(folder, "--query", "withdraw", *args)
        assert (code, said) == (0, "")
        assert not set("\x1b\t\u202e\udce9") & set(out)
        assert "caf" in out


def test_it_draws_the_graph(tmp_path: Path, repo: Path) -> None:
    """To standard output, or the same bytes to a file; of a text, the files it is about."""
    code, out, _ = bricklayer_map(repo, "--svg")
    assert code == 0
    root = ET.fromstring(out)  # noqa: S314  # our own picture
    assert "src/bank.py imports src/store.py" in [one.text for one in root.iter()]
    assert bricklayer_map(repo, "--svg", "--out", str(tmp_path / "a.svg"))[1] == ""
    assert (tmp_path / "a.svg").read_text() == out
    about = bricklayer_map(repo, "--svg", "--query", "how withdraw <b>")[1]
    assert about.count('class="best"') == 3
    assert "about: how withdraw &lt;b&gt;" in about
    code, _, said = bricklayer_map(repo, "--svg", "--out", str(tmp_path / "no" / "a.svg"))
    assert code == 2
    assert "not written" in said
