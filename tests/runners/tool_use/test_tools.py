"""The tools on a real repository: what they show, what they change, and what they refuse."""

import resource
from pathlib import Path

import pytest
from support.project import Project

from bot.git.repo import Repo
from runners.edits import EditError
from runners.hidden_secrets import mark_secrets
from runners.tool_use.edit_file import resolve_call
from runners.tool_use.read_calls import EditFile, ReadLines, SearchText
from runners.tool_use.read_file import read_lines
from runners.tool_use.search_files import search_files
from runners.tool_use.turns import ToolResult

SECRET = "AKIA" + "Q7XWJ2PLM4VZT5RB"
HIDDEN = "do-not-show-this-lesson"


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """With links, secrets, binaries, long lines, and files of the bot's own."""
    project = Project(tmp_path_factory.mktemp("tools"))
    project.begin()
    project.write("src/long.py", "\n".join(f"line_{n} = {n}" for n in range(1, 1001)) + "\n")
    project.write("src/wide.py", f"x = '{'y' * 5000}'\n")
    project.write(".bricklayer/coaching.md", HIDDEN)
    project.write(".bricklayer/checks/hidden.py", HIDDEN)
    project.write(".env", f"KEY={HIDDEN}\n")
    project.write("notes.md", f"<!-- {HIDDEN} -->\nplain\n")
    (project.repo / "data.bin").write_bytes(b"\0\1\2")
    (project.repo / "latin.txt").write_bytes("caf\xe9".encode("latin-1"))
    (project.repo / "passwd").symlink_to("/etc/passwd")
    (project.repo / "root").symlink_to("/")
    (project.repo / "inner").symlink_to("bank.py")
    project.commit()
    return Repo(project.repo / ".git")


def read(repo: Repo, path: str, first: int = 1, last: int | None = None) -> ToolResult:
    return read_lines(repo, "HEAD^{tree}", ReadLines(path, first, last), 8000, ["bank.py"])


def search(repo: Repo, text: str, path: str = "", *, expression: bool = False) -> ToolResult:
    return search_files(repo, "HEAD^{tree}", SearchText(text, expression, path), 8000)


@pytest.mark.parametrize(
    "path",
    [
        "../outside",
        "/etc/passwd",
        "~/.ssh/id_rsa",
        "src/../../etc/passwd",
        "passwd",
        "root/etc/passwd",
        "inner",
        ".git/config",
        ".GIT/config",
        "git~1/config",
        ".bricklayer/coaching.md",
        ".bricklayer/checks/hidden.py",
        ".Bricklayer/coaching.md",
        ".bricklayer.toml",
        ".env",
        "data.bin",
        "latin.txt",
        "nowhere.py",
        "src",
        "",
        "a\0b",
        "a\\b",
        "x" * 64_000,
    ],
)
def test_what_is_no_tracked_text_for_a_model_is_not_shown(repo: Repo, path: str) -> None:
    """It is refused in words that tell nothing of what stands there."""
    result = read(repo, path)
    assert result.failed
    assert HIDDEN not in result.text
    assert "root:" not in result.text


def test_a_folder_tells_its_names_but_none_that_is_kept_back(repo: Repo) -> None:
    result = read(repo, "src")
    assert result.text.splitlines()[1:] == ["src/long.py", "src/wide.py"]


@pytest.mark.parametrize("text", [HIDDEN, "root:x:0:0", "repositoryformatversion"])
@pytest.mark.parametrize("path", ["", ".bricklayer", ".env", "passwd", "/etc", "../..", "*"])
def test_a_search_finds_nothing_that_could_not_be_read(repo: Repo, text: str, path: str) -> None:
    result = search(repo, text, path)
    assert result.text == "Nothing was found."


def test_lines_are_shown_with_where_they_stand(repo: Repo) -> None:
    """As they are, without numbers, so that an edit can quote them."""
    shown = read(repo, "src/long.py", 10, 12).text.splitlines()
    assert shown == ["src/long.py, lines 10-12 of 1000:", "line_10 = 10", *shown[2:]]
    assert len(shown) == 4


@pytest.mark.parametrize(("first", "last"), [(1, None), (-5, 10**12), (701, None)])
def test_no_more_is_shown_than_there_is_room_for(repo: Repo, first: int, last: int | None) -> None:
    lines = read(repo, "src/long.py", first, last).text.splitlines()
    assert len(lines) == 301
    small = read_lines(repo, "HEAD^{tree}", ReadLines("src/long.py"), 100, [])
    assert len(small.text) < 200


def test_a_line_that_is_too_long_is_cut_and_says_so(repo: Repo) -> None:
    assert "more characters of this line" in read(repo, "src/wide.py").text


@pytest.mark.parametrize(("first", "last"), [(5, 4), (2000, None)])
def test_lines_that_are_not_there_are_named(repo: Repo, first: int, last: int | None) -> None:
    result = read(repo, "bank.py", first, last)
    assert (result.failed, "2 lines" in result.text) == (True, True)


def test_a_search_tells_path_line_and_text(repo: Repo) -> None:
    assert search(repo, "def withdraw").text == "bank.py:1: def withdraw(balance, amount):"
    assert search(repo, r"^def \w+\(", "bank.py", expression=True).text.startswith("bank.py:1:")
    assert search(repo, "withdraw", "tests").text.startswith("tests/test_bank.py:3:")
    assert search(repo, "withdraw", "*.md").text == "Nothing was found."
    assert search(repo, "(", expression=True).failed


@pytest.mark.parametrize(
    "expression",
    ["(?R)", "(?:(?:a{9999}){9999}){9999}", "(?a)(?u)withdraw", "[", "(" * 400],
    ids=lambda text: text[:12],
)
def test_an_expression_that_cannot_be_searched_for_is_told_to_the_model(
    repo: Repo, expression: str
) -> None:
    """Whether it is none, or takes all memory while it is compiled or searched for."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = search(repo, expression, "bank.py", expression=True)
    assert result.failed
    told = ("not a regular expression: ", "it takes too much memory", "It was stopped after")
    assert result.text.startswith(told)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10  # KiB


def test_a_search_with_many_hits_ends(repo: Repo) -> None:
    result = search(repo, "line_")
    assert len(result.text.splitlines()) == 51
    assert "There are more" in result.text


def test_an_expression_that_goes_on_for_ever_is_stopped(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runners.tool_use.search_files.MAX_SECONDS", 0.1)
    result = search(repo, r"(y+y+)+$", expression=True)
    assert "It was stopped" in result.text


def edit(repo: Repo, asked: EditFile, only: str = "bank.py") -> bytes:
    told = "withdraw must subtract."
    edits = resolve_call(repo, "HEAD^{tree}", asked, only=[only], task_text=told, prompt="")
    return edits.files[only] or b""


OLD, NEW = "    return balance + amount", "    return balance - amount"


def test_lines_are_replaced_and_the_rest_stays(repo: Repo) -> None:
    made = edit(repo, EditFile("bank.py", OLD, NEW))
    assert made == b"def withdraw(balance, amount):\n    return balance - amount\n"


def test_lines_that_look_like_markers_are_just_lines(repo: Repo) -> None:
    """A call's arguments are no text in which edits are looked for."""
    with pytest.raises(EditError, match="marker is left"):
        edit(repo, EditFile("bank.py", OLD, f"{NEW}\n>>>>>>> REPLACE\n"))


@pytest.mark.parametrize(
    "asked",
    [
        EditFile("tests/test_bank.py", "import unittest", "import os"),
        EditFile("../bank.py", OLD, NEW),
        EditFile("/etc/passwd", content="x"),
        EditFile(".git/config", content="x"),
        EditFile(".bricklayer.toml", content="[checks]\n"),
        EditFile("bank.py", "nothing like it", NEW),
        EditFile("bank.py", "", NEW),
        EditFile("bank.py", OLD, OLD),
        EditFile("bank.py", OLD),
        EditFile("bank.py"),
        EditFile("bank.py", OLD, NEW, content="x = 1\n"),
        EditFile("bank.py", content="x\0"),
        EditFile("bank.py", OLD, "    # ... rest of the code stays\n"),
        EditFile(reply="Nothing is to be done."),
        EditFile(reply="tests/test_bank.py\n```python\nx = 1\n```"),
    ],
)
def test_an_edit_that_is_not_proved_or_not_allowed_is_refused(repo: Repo, asked: EditFile) -> None:
    with pytest.raises(EditError):
        edit(repo, asked)


def test_a_key_that_was_shown_as_a_mark_stays_in_the_file(tmp_path: Path) -> None:
    """The model copies the mark; the file keeps the key, in lines that are replaced as well."""
    project = Project(tmp_path)
    project.begin()
    project.write("keys.py", f'KEY = "{SECRET}"\nPORT = 1\n')
    project.commit()
    (mark,) = mark_secrets(SECRET)
    asked = EditFile("keys.py", f'KEY = "{mark}"\nPORT = 1', f'KEY = "{mark}"\nPORT = 2')
    made = edit(Repo(project.repo / ".git"), asked, "keys.py")
    assert made.decode() == f'KEY = "{SECRET}"\nPORT = 2\n'
