"""Until when a quota is used up is read in the words of each provider, and in nobody else's."""

import datetime as dt
import time
from collections.abc import Iterator

import pytest
from support.processor_time import require_within

from bot.models.quota import UNKNOWN_RESET_SECONDS, is_used_up, read_wait_seconds

NOON = dt.datetime(2026, 10, 7, 12, tzinfo=dt.UTC).timestamp()
HOUR, DAY = 3600, 86_400


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (f"Claude AI usage limit reached|{NOON + 2 * HOUR:.0f}", 2 * HOUR),
        ("You've hit your limit · resets 2pm (UTC)", 2 * HOUR),
        ("You've hit your limit · resets 1:30am (Asia/Dhaka)", 7.5 * HOUR),
        ("5-hour limit reached ∙ resets 2am", 14 * HOUR),
        ("Claude usage limit reached. Your limit will reset at 9am (America/Chicago).", 2 * HOUR),
        ("You've hit your weekly limit · resets Oct 9, 5pm (UTC)", 2 * DAY + 5 * HOUR),
        ("You've hit your usage limit. Upgrade to Pro (https://x.y) or try again in 2 days 17 h 14 min.", 2 * DAY + 17 * HOUR + 14 * 60),
        ("ERROR: You've hit your usage limit. ... try again at 7:58 PM.", 7 * HOUR + 58 * 60),
        ("You've hit your usage limit. Try again at Oct 12th, 2026 7:58 AM.",
         4 * DAY + 19 * HOUR + 58 * 60),
        (f'{{"type":"usage_limit_reached","resets_at":{NOON + 60:.0f},"resets_in_seconds":60}}', 60),
        ('"plan_type":"plus","resets_in_seconds":13872}', 13_872),
        ("Rate limit reached for model. Please try again in 7m59.328s.", 480),
        ("Rate limit reached. Please try again in 320ms. Visit", 1),
        ("Quota exceeded for metric: requests. Please retry in 34.074824224s.", 35),
        ('"retryDelay": "34s"', 34),
        ("Your quota will reset after 8h12m3s.", 8 * HOUR + 12 * 60 + 3),
        ("You will regain access on 2026-10-09 at 00:00 UTC.", 1.5 * DAY),
        ("You have reached your API usage limits. Access on 2026-11-01 at 00:00 UTC.", UNKNOWN_RESET_SECONDS),
        ("Usage limit reached for 5 hour. Your limit will reset at 2026-10-07 15:01:31",
         UNKNOWN_RESET_SECONDS),
        ("The usage limit has been reached", UNKNOWN_RESET_SECONDS),
        ("You've hit your usage limit · resets 25pm (UTC)", UNKNOWN_RESET_SECONDS),
        ("You've hit your usage limit · resets 2pm (Nowhere/Land)", UNKNOWN_RESET_SECONDS),
    ],
)  # fmt: skip
def test_each_providers_words_say_when(said: str, seconds: float) -> None:
    assert read_wait_seconds(said, NOON) == pytest.approx(seconds, abs=1)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "no connection to 127.0.0.1:8080",
        "Loading model",
        "the 3 tests failed in 5 files",
        "resets 2",
        "HTTP 500: internal error at 10:30",
        "Claude AI overloaded|1762952400000000",
        "try again in 99999 days",
        "Request timed out after 600.0 seconds",
        "HTTP 503: upstream timed out after 300s",
        "at most 100 requests in 1 hour",
        "resets Feb 29, 5pm (UTC)",
    ],
)
def test_other_words_say_nothing(said: str) -> None:
    assert (read_wait_seconds(said, NOON), is_used_up(said)) == (0.0, False)


@pytest.mark.parametrize(
    "piece", ["resets ", "in 1h", "1h ", "limit ", "|1762952400", "at 1:", "("]
)
def test_hostile_words_take_no_longer_than_they_are_long(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    require_within(0.5, lambda: read_wait_seconds(text, NOON))
