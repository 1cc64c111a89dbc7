"""A ticket's log of what was run has an end; what was said last stays."""

from pathlib import Path

import pytest

from runners.worker_process import client


def test_a_long_log_is_shortened_to_its_last_whole_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "MAX_LOG_BYTES", 1000)
    monkeypatch.setattr(client, "KEPT_LOG_BYTES", 100)
    log = tmp_path / "work.log"
    client.shorten_log(log)
    assert not log.exists()
    for count, kept in ((50, 500), (200, 91)):
        log.write_text("a line of\n" * count)
        client.shorten_log(log)
        assert abs(log.stat().st_size - kept) < 10
        assert set(log.read_text().splitlines()) == {"a line of"}
    assert log.stat().st_mode & 0o077 == 0
