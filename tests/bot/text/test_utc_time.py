"""Times are told in UTC, whatever the machine's own zone, and however far off they are."""

import time

import pytest

from bot.text.utc_time import format_utc


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Los_Angeles"])
def test_a_time_is_told_in_utc_on_every_machine(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert format_utc(1_728_050_400.9) == "2024-10-04 14:00 UTC"
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("seconds", [3e11, 1e18, float("inf")])
def test_what_a_server_has_one_wait_for_ends_with_the_calendar(seconds: float) -> None:
    """A Retry-After has no upper limit, and one that has no date must not end a job."""
    assert format_utc(seconds) == "9999-12-31 23:59 UTC"
