"""Git, disk, database and toolchains: each judgement by what was measured."""

import subprocess
from pathlib import Path

import pytest

from bot.config.machine import Settings
from runners.disk_floor import Room, list_rooms
from runners.doctor.database import examine_database, judge_postgres
from runners.doctor.disk import examine_disk, judge_caches, judge_room
from runners.doctor.git import examine_git, judge_version
from runners.doctor.toolchains import offer_toolchains
from runners.sandbox.toolchains import Toolchain


@pytest.mark.parametrize(
    ("said", "sign"),
    [
        ("git version 2.39.5", "ok"),
        ("git version 2.38.0.windows.1", "ok"),
        ("git version 2.43.0 (Apple Git-146)", "ok"),
        ("git version 3.0.0", "ok"),
        ("git version 2.34.1", "warning"),
        ("git version 1.8.3.1", "warning"),
        ("", "warning"),
    ],
)
def test_a_git_that_cannot_merge_without_a_checkout(said: str, sign: str) -> None:
    found = judge_version("/usr/bin/git", said)
    assert (found.sign, bool(found.hint)) == (sign, sign != "ok")


def test_who_a_person_commits_as(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The two commands that say it."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "none"))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", str(tmp_path / "none"))
    for name in ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"):
        monkeypatch.delenv(name, raising=False)
    subprocess.run(["git", "init", "-q", tmp_path], check=True, timeout=30)
    named = [one for one in examine_git(tmp_path) if "no name of yours" in one.what]
    assert "user.email" in named[0].hint
    set_it = ["git", "-C", str(tmp_path), "config", "user.email", "x@example.com"]
    subprocess.run(set_it, check=True, timeout=30)
    assert not [one for one in examine_git(tmp_path) if "no name of yours" in one.what]


def test_git_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (found,) = examine_git(tmp_path)
    assert (found.sign, "Install it" in found.hint) == ("error", True)


@pytest.mark.parametrize(
    ("free", "files", "sign", "fix"),
    [
        (5 << 30, None, "ok", ""),
        (5 << 30, 1 << 20, "ok", ""),
        (1 << 20, None, "warning", "bricklayer gc"),
        (5 << 30, 100, "warning", "df -i"),
    ],
)
def test_room_for_bytes_and_for_files(free: int, files: int | None, sign: str, fix: str) -> None:
    found = judge_room("x", free, files, 2 << 30, "name another state_dir")
    assert (found.sign, fix in found.hint) == (sign, True)


def test_caches_beyond_their_size() -> None:
    assert judge_caches([1 << 20] * 3, 10).sign == "ok"
    assert "bricklayer gc" in judge_caches([8 << 20] * 3, 10).hint


def test_folders_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in the place of the state folder: which, and what to do."""
    (tmp_path / "file").touch()
    found = list(examine_disk(Settings(state_dir=str(tmp_path / "file" / "state"))))
    assert found[0].sign == "error"
    assert found[0].hint
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    last = list(examine_disk(Settings(state_dir=str(tmp_path / "s"))))[-1]
    assert (last.sign, "TMPDIR" in last.hint) == ("error", True)


def test_each_disk_is_told_once_with_its_own_floor(tmp_path: Path) -> None:
    """However many of the state folder, the temporary folder and the database are on it."""
    url = f"sqlite:///{tmp_path / 'x.sqlite'}"
    settings = Settings(state_dir=str(tmp_path / "s"), database_url=url)
    told = [each.what for each in examine_disk(settings) if "room for" in each.what]
    assert len(told) == len(list_rooms(settings))
    for what, room in zip(told, list_rooms(settings), strict=True):
        assert what.startswith(f"{room.what}, {room.folder}: room for ")
        floor = room.find_floor(settings) >> 20
        assert what.endswith(f"below {floor} MiB nothing new begins")


def test_a_disk_below_its_floor_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing begins, that is what is told of the disk, and nothing else."""
    room = Room("the state folder", tmp_path, 10 << 20, 100 << 30)
    monkeypatch.setattr("runners.doctor.disk.list_rooms", lambda _: [room])
    last = list(examine_disk(Settings(state_dir=str(tmp_path / "s"))))[-1]
    assert (last.sign, bool(last.hint)) == ("error", True)
    assert last.what.startswith("nothing new begins: 10 MiB are free where the state folder lies")


def test_an_sqlite_file_with_its_version_and_schema(tmp_path: Path) -> None:
    (found,) = examine_database(Settings(state_dir=str(tmp_path / "s")))
    assert found.sign == "ok"
    assert "SQLite 3." in found.what
    assert "schema 00" in found.what


def test_a_database_that_is_not_there() -> None:
    (found,) = examine_database(Settings(database_url="sqlite:////nowhere/at/all.sqlite"))
    assert (found.sign, bool(found.hint)) == ("error", True)


@pytest.mark.parametrize(
    ("number", "rights", "sign", "fix"),
    [
        (160_003, ("bot", "b", True, True, 5 << 20), "ok", ""),
        (160_003, ("bot", "b", False, True, 1), "error", 'grant create on database "b" to "bot"'),
        (160_003, ("bot", "b", True, False, 1), "error", "grant create"),
        (110_020, ("bot", "b", True, True, 1), "warning", "Upgrade"),
    ],
)
def test_rights_and_version_of_a_postgresql(
    number: int, rights: tuple[object, ...], sign: str, fix: str
) -> None:
    found = judge_postgres("16.3", number, rights)
    assert (found.sign, fix in found.hint) == (sign, True)


def _toolchain(name: str, version: str) -> Toolchain:
    return Toolchain(name, version, "rustup", (), ())


def test_toolchains_at_home_are_offered_with_the_line_to_write() -> None:
    """The default of each name; those that are named already are kept in the line."""
    found = [_toolchain("rust", "1.90"), _toolchain("rust", "1.80"), _toolchain("node", "22")]
    (offered,) = offer_toolchains(found, ())
    assert "rust (rustup 1.90)" in offered.what
    assert offered.hint.endswith('toolchains = ["node", "rust"]')
    (offered,) = offer_toolchains(found, ("node@22",))
    assert offered.hint.endswith('toolchains = ["node@22", "rust"]')
    assert not list(offer_toolchains(found, ("node", "rust")))
