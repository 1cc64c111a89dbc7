"""What is used of each cap and quota is told with when it is free again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.config.machine import parse_settings
from bot.storage.database import open_database, sqlite_url
from bot.storage.quotas import QuotaStore, UsedUp
from bot.storage.tables import CALLS
from runners.history.quota_windows import QuotaWindow, describe_window, list_told, read_windows

NOW = 1_800_000_000.0
"""Fri, 15 Jan 2027 08:00 UTC."""
SETTINGS = """
[tiers.planner]
models = ["cli:claude"]
[tiers.local]
models = ["openai:small"]
[spending]
day_tokens = 1000
[spending.tiers.planner]
day_cost = 2.0
[spending.models."cli:claude"]
day_tokens = 100
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    engine = open_database(sqlite_url(tmp_path))
    yield engine
    engine.dispose()


def call(engine: sa.Engine, ago: float, tokens: int, model: str = "cli:claude") -> None:
    row = {"at": NOW - ago, "job": "7#1", "repo": "7", "person": 42, "tier": "planner"}
    row |= {"model": model, "tokens": tokens, "cost": 0.5, "ended": True}
    with engine.begin() as db:
        db.execute(sa.insert(CALLS).values(row))


def read(engine: sa.Engine) -> list[str]:
    return [*map(describe_window, list_told(read_windows(engine, parse_settings(SETTINGS), NOW)))]


def test_caps_of_the_day_and_what_went_through_a_subscription_are_told(engine: sa.Engine) -> None:
    """A cap's day is UTC's; a subscription's five hours and week end now."""
    call(engine, 3600, 60)
    call(engine, 6 * 3600, 40)
    call(engine, 86_400, 1000)
    call(engine, 60, 300, "openai:small")
    told = read(engine)
    again = ", free again 2027-01-16 00:00 UTC"
    assert told[0] == f"all jobs today: 400 of 1,000 tokens (40%){again}"
    assert f"the planner tier today: cost 1.50 of 2.00 (75%){again}" in told
    assert f"cli:claude today: 100 of 100 tokens (100%); used up{again}" in told
    assert told[-2:] == [
        "cli:claude in the last 5 hours: 60 tokens went through; its limit is not told",
        "cli:claude in the last 7 days: 1,100 tokens went through; its limit is not told",
    ]


def test_a_quota_that_a_provider_says_is_used_up_is_told_until_then(engine: sa.Engine) -> None:
    store = QuotaStore(engine)
    store.note("one", UsedUp("cli:claude", NOW + 3600, "resets 9am"))
    store.note("two", UsedUp("gone", NOW - 1, ""))
    assert read(engine) == ["cli:claude, by its provider: used up, free again 2027-01-15 09:00 UTC"]


def test_a_cap_of_nothing_is_used_up() -> None:
    window = QuotaWindow("x", "tokens", 0.0, 0.0)
    assert window.part == 1.0
