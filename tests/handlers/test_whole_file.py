"""A file that `bricklayer init` writes is there as a whole, or not at all."""

import errno
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from handlers import whole_file
from handlers.whole_file import replace_file, write_new_file

TEXT = "[checks.test]\nrun = 'make test' # ä\n" * 500
# Killed at the moment when what was written is to reach the disk.
KILLED = """
import os, signal, sys
from pathlib import Path
from handlers import whole_file
if sys.argv[3] == "named":
    whole_file.os.O_TMPFILE = os.O_DIRECTORY | os.O_CREAT  # EINVAL or EISDIR, as without them
os.fsync = lambda fd: os.kill(os.getpid(), signal.SIGKILL)
getattr(whole_file, sys.argv[1])(Path(sys.argv[2]), "new\\n" * 9)
"""


@pytest.mark.parametrize("way", ["unnamed", "named"])
@pytest.mark.parametrize(("write", "before"), [("write_new_file", None), ("replace_file", "old\n")])
def test_a_kill_while_it_is_written_leaves_what_was_there(
    tmp_path: Path, write: str, before: str | None, way: str
) -> None:
    path = tmp_path / "settings.toml"
    if before is not None:
        path.write_text(before)
    argv = [sys.executable, "-c", KILLED, write, str(path), way]
    run = subprocess.run(argv, check=False, capture_output=True, text=True)
    assert run.returncode == -signal.SIGKILL, run.stderr
    assert (path.read_text() if path.exists() else None) == before


def refuse(*_args: object, **_named: object) -> None:
    raise OSError(errno.EPERM, "no hard links here")


@pytest.mark.parametrize("way", ["unnamed", "hard link", "rename"])
def test_every_way_writes_all_of_it_and_leaves_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Not every system of files has files without a name, or hard links."""
    if way != "unnamed":
        monkeypatch.setattr(whole_file.os, "O_TMPFILE", os.O_DIRECTORY | os.O_CREAT)
    if way == "rename":
        monkeypatch.setattr(whole_file.os, "link", refuse)
    path = tmp_path / "new.toml"
    write_new_file(path, TEXT)
    assert path.read_text("utf-8") == TEXT
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
    with pytest.raises(FileExistsError):
        write_new_file(path, "other")
    (tmp_path / "link").symlink_to(tmp_path / "victim")
    with pytest.raises(FileExistsError):
        write_new_file(tmp_path / "link", "other")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["link", "new.toml"]
    assert path.read_text("utf-8") == TEXT


def test_a_replaced_file_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("old")
    path.chmod(0o600)
    replace_file(path, TEXT)
    assert (path.read_text("utf-8"), stat.S_IMODE(path.stat().st_mode)) == (TEXT, 0o600)


@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_replaced_also_where_it_leads_to_nothing(tmp_path: Path, there: bool) -> None:
    """And what it leads to stays as it is."""
    link, target = tmp_path / "settings.toml", tmp_path / "elsewhere"
    if there:
        target.write_text("old")
    link.symlink_to(target)
    replace_file(link, TEXT)
    assert not link.is_symlink()
    assert link.read_text("utf-8") == TEXT
    assert [each.read_text() for each in tmp_path.iterdir() if each != link] == ["old"] * there


@pytest.mark.parametrize("write", [write_new_file, replace_file])
@pytest.mark.parametrize("way", ["unnamed", "named"])
def test_a_full_disk_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: object, way: str
) -> None:
    assert callable(write)
    if way == "named":
        monkeypatch.setattr(whole_file.os, "O_TMPFILE", os.O_DIRECTORY | os.O_CREAT)
    path = tmp_path / "settings.toml"
    if write is replace_file:
        path.write_text("old")

    def fill(_fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(whole_file.os, "fsync", fill)
    with pytest.raises(OSError, match="No space left"):
        write(path, TEXT)
    kept = {"settings.toml"} if write is replace_file else set()
    assert {each.name for each in tmp_path.iterdir()} == kept
