"""Below the floor of free disk nothing begins, whichever of the three places is short of it."""

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.config.machine import KeptDays, Settings
from bot.errors import DiskFloorError
from runners.disk_floor import list_rooms, require_free_disk

MIB = 1 << 20
Fill = Callable[[Path, int], None]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    (tmp_path / "data").mkdir()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    return Settings(
        state_dir=str(tmp_path / "not" / "made" / "yet"),
        database_url=f"sqlite:///{tmp_path / 'data' / 'x.sqlite'}",
        keep=KeptDays(free_disk=100),
    )


@pytest.fixture
def disks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[Path, tuple[int, int]]:
    """MiB that are free of how many, by folder; each is a file system of its own."""
    found = {tmp_path / name: (5000, 9000) for name in ("", "data", "tmp")}
    real = Path.stat

    def statvfs(folder: Path) -> SimpleNamespace:
        free, size = found[folder]
        return SimpleNamespace(f_bavail=free, f_blocks=size, f_frsize=MIB)

    def stat(path: Path, **more: bool) -> object:
        if path not in found:
            return real(path, **more)
        return SimpleNamespace(st_dev=list(found).index(path), st_mode=real(path).st_mode)

    monkeypatch.setattr(os, "statvfs", statvfs)
    monkeypatch.setattr(Path, "stat", stat)
    return found


@pytest.mark.parametrize(("place", "told"), [("", "state"), ("data", "data"), ("tmp", "temporary")])
def test_each_place_has_to_have_room(
    settings: Settings, disks: dict[Path, tuple[int, int]], tmp_path: Path, place: str, told: str
) -> None:
    """It is named, with how much there is, how much is wanted, and what to do."""
    require_free_disk(settings)
    disks[tmp_path / place] = (99, 9000)
    with pytest.raises(DiskFloorError) as raised:
        require_free_disk(settings)
    assert raised.value.where == str(tmp_path / place)
    assert "99 MiB are free where the" in raised.value.what
    assert told in raised.value.what
    assert "less than 100 MiB" in raised.value.what
    assert "bricklayer gc" in raised.value.hint
    disks[tmp_path / place] = (100, 9000)
    require_free_disk(settings)


def test_a_small_file_system_is_not_refused_for_its_size(
    settings: Settings, disks: dict[Path, tuple[int, int]], tmp_path: Path
) -> None:
    """A temporary folder in memory may be smaller than any floor."""
    disks[tmp_path / "tmp"] = (16, 64)
    require_free_disk(settings)
    disks[tmp_path / "tmp"] = (15, 64)
    with pytest.raises(DiskFloorError, match="15 MiB are free"):
        require_free_disk(settings)


@pytest.mark.usefixtures("disks")
def test_what_lies_on_one_file_system_is_told_once(settings: Settings, tmp_path: Path) -> None:
    same = settings.model_copy(update={"database_url": "", "state_dir": str(tmp_path / "tmp")})
    assert [room.what for room in list_rooms(same)] == ["the state folder"]
