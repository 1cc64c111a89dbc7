"""A server cleans up by itself; neither a long nor a failed clean-up stops it."""

import threading
from pathlib import Path

import pytest

from bot.config.machine import Settings
from handlers import clean_up_loop
from runners.supervisor import Supervisor


@pytest.mark.slow
def test_it_goes_on_after_a_failure_and_looks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again, supervisor = threading.Event(), Supervisor()
    calls: list[Settings] = []

    def clean_up(settings: Settings) -> None:
        calls.append(settings)
        if len(calls) == 1:
            raise OSError
        again.set()

    monkeypatch.setattr(clean_up_loop, "clean_up_daily", clean_up)
    monkeypatch.setattr("runners.supervisor.FIRST_PAUSE_SECONDS", 0.01)
    settings = Settings(state_dir=str(tmp_path))
    loop = clean_up_loop.start_clean_up(supervisor, settings)
    loop.nudge()
    assert again.wait(20)
    loop.stop()
    loop.join(5)
    assert calls[0] is settings
