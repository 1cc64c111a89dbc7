"""What setup left comes to an end, and never under the hands of a job."""

import json
import os
import time
from pathlib import Path

import pytest

from bot.config.machine import Settings
from bot.locks import lock_shared
from runners.checks import setup_sweep
from runners.checks.setup_sweep import (
    DAY_SECONDS,
    DONE_FILE,
    LEASE_FILE,
    MAX_IDLE_SECONDS,
    SetupCache,
    choose_ended,
    find_caches,
    remove_tree,
    sweep_caches,
)

NOW = 1e9
MIB = 1 << 20


def cache(name: str, days: float, size: int = 10, *, complete: bool = True) -> SetupCache:
    return SetupCache(Path(name), size * MIB, NOW - days * DAY_SECONDS, complete)


@pytest.mark.parametrize(
    ("caches", "ended"),
    [
        ([cache("a", 29), cache("b", 0)], []),
        ([cache("a", 31), cache("b", 0)], [("a", "unused for 30 days")]),
        ([cache("a", 0.5, complete=False), cache("b", 2, complete=False)], [("b", "cut off")]),
        ([cache("a", 3, 60), cache("b", 2, 30), cache("c", 1, 30)], [("a", "over setup_cache")]),
        ([cache("a", 3, 1), cache("b", 2, 1), cache("c", 1, 101)], [(name, "over setup_cache") for name in "abc"]),
    ],
)  # fmt: skip
def test_the_old_the_cut_off_and_the_least_used_end(
    caches: list[SetupCache], ended: list[tuple[str, str]]
) -> None:
    """A month without use, a day without its end, and beyond 100 MiB the least recently used."""
    chosen = choose_ended(caches, 100 * MIB, NOW)
    assert [(str(each.root), why) for each, why in chosen] == ended


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Two caches of two repositories that nobody has used for long, one of an older form."""
    for repo, name in (("one", "aa-11"), ("two", "bb-22"), ("two", "old")):
        root = tmp_path / "repos" / repo / "setup" / name
        (root / "setup/deep").mkdir(parents=True)
        (root / "setup/deep/file").write_text("x")
        told = [] if name == "old" else {"commit": "x", "fresh": [], "size": 5 * MIB}
        (root / DONE_FILE).write_text(json.dumps(told))
        long_ago = time.time() - MAX_IDLE_SECONDS - 1
        if name != "old":
            (root / LEASE_FILE).touch()
            os.utime(root / LEASE_FILE, (long_ago, long_ago))
        os.utime(root, (long_ago, long_ago))
    return tmp_path


def test_what_is_in_use_stays_and_what_goes_is_told(state: Path) -> None:
    """Whoever holds the lease may go on for as long as it likes."""
    settings, told = Settings(state_dir=str(state)), list[str]()
    assert {each.root.name: each.is_complete for each in find_caches(settings)} == {
        "aa-11": True,
        "bb-22": True,
        "old": False,
    }
    with (state / "repos/one/setup/aa-11" / LEASE_FILE).open("a") as lease:
        assert lock_shared(lease)
        sweep_caches(settings, told.append)
    assert [each.root.name for each in find_caches(settings)] == ["aa-11"]
    assert [line.rpartition("/")[2] for line in sorted(told)] == ["old", "bb-22"]
    assert "5 MiB, unused for 30 days" in sorted(told)[1]
    sweep_caches(settings, told.append)
    assert not find_caches(settings)


def test_what_cannot_be_removed_is_said_with_what_to_do(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a container made its files as another account's."""
    told: list[str] = []
    monkeypatch.setattr(setup_sweep, "remove_tree", lambda _root: None)
    sweep_caches(Settings(state_dir=str(state)), told.append)
    assert len(told) == 3
    assert all(line.startswith("could not remove") and "by hand" in line for line in told)


def test_closed_folders_are_removed_and_no_link_is_followed(tmp_path: Path) -> None:
    """What an installer closed for writing or reading goes, what a link leads to stays as it is."""
    (tmp_path / "mine").mkdir(mode=0o500)
    root = tmp_path / "cache"
    for name, mode in (("go", 0o555), ("dark", 0o000)):
        (root / name / "in").mkdir(parents=True)
        (root / name / "in/file").write_text("x")
        (root / name).chmod(mode)
    (root / "link").symlink_to(tmp_path / "mine")
    remove_tree(root)
    assert not root.exists()
    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o500


def test_a_folder_of_any_depth_is_removed_and_no_link_followed(tmp_path: Path) -> None:
    """Deeper than Python goes, and than a path may be long: a cache that stays fills the disk."""
    root, outside = tmp_path / "cache", tmp_path / "outside"
    root.mkdir()
    outside.mkdir(0o500)
    (root / "link").symlink_to(outside)
    at = os.open(root, os.O_RDONLY)
    for _ in range(2500):
        os.mkdir("d", 0o700, dir_fd=at)
        below = os.open("d", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)
    remove_tree(root)
    assert not root.exists()
    assert outside.stat().st_mode & 0o777 == 0o500
