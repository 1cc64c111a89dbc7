"""Below the disk's floor a worker takes nothing, says so once, and takes work again by itself."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.config.machine import KeptDays, Settings
from runners.queues.disk_gate import DiskGate

MIB = 1 << 20
AT = 1_700_000_000.0


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The one there is; MiB are `free` of 9000."""
    made = SimpleNamespace(free=5000)
    monkeypatch.setattr(
        os, "statvfs", lambda _: SimpleNamespace(f_bavail=made.free, f_blocks=9000, f_frsize=MIB)
    )
    return made


@pytest.fixture
def gate(tmp_path: Path) -> DiskGate:
    settings = Settings(state_dir=str(tmp_path), keep=KeptDays(free_disk=100))
    return DiskGate(settings, clock=lambda: AT)


def test_it_is_told_once_with_since_when_and_once_when_there_is_room(
    gate: DiskGate, disk: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    """Each look says the same, with where and how much is wanted."""
    assert gate.find_refusal() == ""
    disk.free = 99
    told = {gate.find_refusal() for _ in range(5)}
    (why,) = told
    assert why.startswith("too little disk is free since 2023-11-14 22:13 UTC: 125 MiB are wanted")
    disk.free = 125
    assert [gate.find_refusal() for _ in range(5)] == [""] * 5
    lines = [record.getMessage() for record in caplog.records]
    assert ["no work is taken" in line for line in lines] == [True, False]
    assert "bricklayer gc" in lines[0]
    assert "work is taken again" in lines[1]


def test_what_work_itself_needs_does_not_have_it_taken_and_given_back(
    gate: DiskGate, disk: SimpleNamespace
) -> None:
    """Just above the floor none is taken, after it was met: by a look, or by work that stopped."""
    disk.free = 110
    assert gate.find_refusal() == ""
    gate.note_stop()
    assert gate.find_refusal()
    disk.free = 124
    assert gate.find_refusal()
    disk.free = 125
    assert gate.find_refusal() == ""
    disk.free = 110
    assert gate.find_refusal() == ""
