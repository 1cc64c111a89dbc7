"""A machine has one name as a worker and as a server, and no other has the same."""

from pathlib import Path

import pytest

from runners.queues import worker
from runners.queues.worker import name_executor


def test_a_state_folder_has_one_name_for_ever(tmp_path: Path) -> None:
    first = name_executor(tmp_path)
    assert len(first.rpartition("-")[2]) == 8
    assert name_executor(tmp_path) == first
    (tmp_path / "other").mkdir()
    assert name_executor(tmp_path / "other") != first


def test_a_copy_on_another_host_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would take over from the server that it was copied from, and lives."""
    first = name_executor(tmp_path)
    monkeypatch.setattr(worker.platform, "node", lambda: "elsewhere")
    assert name_executor(tmp_path) != first


@pytest.mark.parametrize("kept", ["", "a-host", "\n", "a b c"])
def test_a_file_that_was_cut_off_is_written_anew(tmp_path: Path, kept: str) -> None:
    (tmp_path / "executor").write_text(kept)
    first = name_executor(tmp_path)
    assert name_executor(tmp_path) == first
