"""What a command writes on this machine's disk is counted while it runs, whatever it does."""

import os
import time
from pathlib import Path

import pytest

from runners.sandbox.folder_usage import (
    FILES_PER_MIB,
    SPARE_FILES,
    FolderLimit,
    FolderUsage,
    measure_folders,
)

MIB = 1 << 20


def measure(folder: Path) -> FolderUsage:
    *_, last = measure_folders([folder])
    return last


def is_exceeded(limit: FolderLimit, seconds: float = 10) -> bool:
    """Within one whole walk."""
    end = time.monotonic() + seconds
    while not limit.is_exceeded():
        if limit._walk is None:  # noqa: SLF001 - a walk has ended
            return False
        assert time.monotonic() < end
    return True


def test_links_count_once_and_lead_nowhere(tmp_path: Path) -> None:
    """A second name takes no room; what a link leads to belongs to somebody else."""
    (tmp_path / "outside").write_bytes(b"x" * MIB)
    inside = tmp_path / "inside"
    (inside / "a/b").mkdir(parents=True)
    (inside / "a/b/file").write_bytes(b"x" * MIB)
    (inside / "twice").hardlink_to(inside / "a/b/file")
    (inside / "link").symlink_to(tmp_path)
    found = measure(inside)
    assert MIB <= found.size < MIB + MIB // 2
    assert (found.files, found.is_hiding) == (5, False)


def test_a_folder_that_the_command_itself_removes_has_nothing_in_it(tmp_path: Path) -> None:
    """Without a sandbox it may: `rm -rf $BRICKLAYER_SETUP` before it is made anew."""
    folder = tmp_path / "setup"
    folder.mkdir()
    limit = FolderLimit([folder], MIB)
    folder.rmdir()
    assert not is_exceeded(limit)
    folder.mkdir()
    (folder / "large").write_bytes(b"x" * 2 * MIB)
    assert is_exceeded(limit)


def test_bytes_and_files_are_limited(tmp_path: Path) -> None:
    """One large file, or as many small ones as there could be pages."""
    limit = FolderLimit([tmp_path], MIB)
    assert not is_exceeded(limit)
    (tmp_path / "large").write_bytes(b"x" * 2 * MIB)
    assert is_exceeded(limit)
    (tmp_path / "large").unlink()
    assert FolderLimit([tmp_path], 4 * MIB).files == 4 * FILES_PER_MIB + SPARE_FILES
    limit = FolderLimit([tmp_path], MIB)
    limit.files = 10
    for number in range(10):
        (tmp_path / str(number)).touch()
    assert not is_exceeded(limit)
    (tmp_path / "more").touch()
    limit = FolderLimit([tmp_path], MIB)
    limit.files = 10
    assert is_exceeded(limit)


@pytest.mark.skipif(os.geteuid() == 0, reason="no folder is closed to root")
def test_a_closed_folder_hides_nothing(tmp_path: Path) -> None:
    """Then all that the disk lost since the beginning counts."""
    limit = FolderLimit([tmp_path], MIB)
    (tmp_path / "dark").mkdir()
    (tmp_path / "dark/large").write_bytes(os.urandom(2 * MIB))
    (tmp_path / "dark").chmod(0)
    os.sync()
    assert not is_exceeded(limit)
    assert limit.is_exceeded()
    (tmp_path / "dark").chmod(0o700)


def test_a_path_that_is_too_long_hides_nothing(tmp_path: Path) -> None:
    """4,096 characters are the most that a path may have, not the most that a tree may be deep."""
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("x" * 250, dir_fd=here)
        deeper = os.open("x" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)
    assert measure(tmp_path).is_hiding
