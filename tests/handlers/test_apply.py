"""The `apply` command, as a person or a script runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

MAIN = "from handlers.cli import main; main()"


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (b"a.txt\n```\ncaf\xe9\n```\n", b"not UTF-8 (byte 13)"),
        (b"b.txt\n```\nx\n```\n\nb.txt/c.txt\n```\ny\n```\n", b"cannot be a file and hold"),
    ],
)
@pytest.mark.slow
def test_what_cannot_be_written_as_it_is_changes_nothing(
    tmp_path: Path, reply: bytes, told: bytes
) -> None:
    """A byte that is no text, and a file that is a directory too: exit 1, the reason, no change."""
    (tmp_path / "a.txt").write_bytes(b"old\n")
    argv = [sys.executable, "-c", MAIN, "apply", "--root", str(tmp_path)]
    done = subprocess.run(argv, input=reply, capture_output=True, check=False)
    assert done.returncode == 1
    assert told in done.stderr
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a.txt", b"old\n")]


@pytest.mark.real_start
@pytest.mark.slow
def test_a_folder_that_is_not_there_is_a_wrong_path_like_any_other(tmp_path: Path) -> None:
    """Exit 2, with the path and the option."""
    argv = [sys.executable, "-c", MAIN, "apply", "--root", str(tmp_path / "nope")]
    done = subprocess.run(argv, input="", capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"{tmp_path}/nope: no such folder\n  Name the one" in done.stderr
