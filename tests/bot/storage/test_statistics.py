"""Sums over weeks: where a week begins, what counts as judged, and where a call went."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.postgres import create_database

from bot.ledger import LedgerRow
from bot.storage.database import open_database, sqlite_url
from bot.storage.jobs import Store
from bot.storage.migrations import r0014_dashboard_indexes
from bot.storage.overview import EVERYTHING
from bot.storage.statistics import (
    MAX_NUMBER,
    WEEK_SECONDS,
    PassCount,
    Statistics,
    begin_of_week,
    find_week,
)
from bot.storage.tables import ATTEMPTS, CALLS

MONDAY = 1_791_158_400.0
"""5 October 2026, 00:00 UTC."""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    url = (
        sqlite_url(tmp_path)
        if request.param == "sqlite"
        else create_database(request.getfixturevalue("postgres"))
    )
    made = open_database(url)
    yield made
    made.dispose()


def add_call(engine: sa.Engine, at: float, **more: object) -> None:
    row = {"at": at, "job": "7#1", "repo": "7", "person": 1, "tier": "local", "tokens": 10}
    row |= {"tokens_out": 1, "cost": 0.5, "ended": True, "place": "here"}
    with engine.begin() as db:
        db.execute(sa.insert(CALLS).values(row | more))


def add_attempt(engine: sa.Engine, number: int, outcome: str, *notes: str) -> None:
    row = LedgerRow("fix", number, "local", "m", outcome=outcome, kind="fix", notes=notes)
    Store(engine).save_attempt("0123456789ab", 1, row, "7")


def test_a_week_begins_on_monday_at_midnight_utc(engine: sa.Engine) -> None:
    week = find_week(MONDAY)
    assert begin_of_week(week) == MONDAY
    for at in (MONDAY - 0.001, MONDAY, MONDAY + WEEK_SECONDS - 0.001):
        add_call(engine, at)
    found = Statistics(engine).sum_weeks(EVERYTHING, MONDAY - WEEK_SECONDS)
    assert [(each.week, each.tokens) for each in found] == [(week - 1, 10), (week, 20)]


def test_a_call_from_before_places_were_noted_went_where_its_tier_was_meant_for(
    engine: sa.Engine,
) -> None:
    add_call(engine, MONDAY, place="", tier="local")
    add_call(engine, MONDAY, place="", tier="senior", tokens=100, tokens_out=20)
    add_call(engine, MONDAY, place="network", tier="senior")
    add_call(engine, MONDAY, place="away", tier="local", tokens=1_000, tokens_out=200)
    add_call(engine, MONDAY, place="away", tokens=9_999, ended=False)
    (found,) = Statistics(engine).sum_weeks(EVERYTHING, MONDAY)
    assert (found.tokens, found.tokens_out, found.away, found.away_out) == (1_120, 222, 1_100, 220)
    assert found.cost == pytest.approx(2.0)


def test_only_what_checks_have_judged_is_counted_and_late_attempts_together(
    engine: sa.Engine,
) -> None:
    add_attempt(engine, 1, "check failed")
    for number in (MAX_NUMBER, MAX_NUMBER + 1, MAX_NUMBER + 2):
        add_attempt(engine, number, "passed", "aa", "bb")
    for number, outcome in enumerate(("server down", "asked", "fault of bricklayer"), 20):
        add_attempt(engine, number, outcome)
    found = Statistics(engine).count_passes(EVERYTHING, 0.0)
    assert sorted(found, key=lambda each: each.number) == [
        PassCount("local", "m", "fix", 1, coached=False, attempts=1, passed=0),
        PassCount("local", "m", "fix", MAX_NUMBER, coached=True, attempts=3, passed=3),
    ]


def test_each_lesson_counts_by_itself_also_in_rows_of_an_older_release(engine: sa.Engine) -> None:
    add_attempt(engine, 1, "passed", "bb", "aa")
    add_attempt(engine, 2, "check failed", "bb")
    add_attempt(engine, 3, "passed")
    add_attempt(engine, 4, "server down", "bb")
    wanted = [("aa", True, 1), ("bb", False, 1), ("bb", True, 1)]
    assert sorted(Statistics(engine).count_lessons(EVERYTHING, 0.0)) == wanted
    with engine.begin() as db:
        db.execute(sa.update(ATTEMPTS).values(lessons=""))
        db.exec_driver_sql(r0014_dashboard_indexes.FILL[engine.dialect.name])
    assert sorted(Statistics(engine).count_lessons(EVERYTHING, 0.0)) == wanted
