"""What came of a night is told from the database alone, in lines that nobody's title can break."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.postgres import create_database
from support.tickets import ticket

from bot.config.machine import parse_settings
from bot.ledger import LedgerRow
from bot.storage.database import open_database, sqlite_url
from bot.storage.history import History
from bot.storage.jobs import JobRow, Store
from bot.storage.tables import ATTEMPTS, CALLS, JOBS, TICKETS
from bot.storage.tickets import TicketStore
from bot.ticket.stages import Stage
from runners.dashboard.morning import MorningReport, find_last_evening, read_morning
from runners.dashboard.morning_text import MAX_LISTED, format_morning, summarize
from runners.dashboard.plain_words import find_cause, show_line
from runners.history.open_history import OpenHistory

SINCE, UNTIL = 1_800_000_000.0, 1_800_050_000.0
"""Fri, 15 Jan 2027 08:00 UTC, and some 14 hours later."""
IN, BEFORE = SINCE + 100, SINCE - 100
JOB = JobRow("0123456789ab", "/srv/bank", "fix", "0" * 40, "# Fix\n", 1.0, 1, "passed")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def history(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OpenHistory]:
    monkeypatch.setenv("TZ", "UTC")
    url = (
        sqlite_url(tmp_path)
        if request.param == "sqlite"
        else create_database(request.getfixturevalue("postgres"))
    )
    engine = open_database(url)
    yield OpenHistory(parse_settings(f'state_dir = "{tmp_path}"'), History(engine), url)
    engine.dispose()


def put(history: OpenHistory, stage: Stage, issue: int, at: float, **more: object) -> None:
    """A ticket that was written last at that time."""
    made = ticket(stage, issue=issue, **more)
    TicketStore(history.store.engine).adopt_ticket(made, at_least=1)
    with history.store.engine.begin() as db:
        db.execute(sa.update(TICKETS).where(TICKETS.c.key == made.key).values(changed=at))


def add_job(history: OpenHistory, at: float, **more: object) -> None:
    job = replace(JOB, **more)  # type: ignore[arg-type]
    Store(history.store.engine).save_job(job)
    with history.store.engine.begin() as db:
        db.execute(sa.update(JOBS).where(JOBS.c.id == job.id).values(changed=at))


def add_attempt(history: OpenHistory, job: str, number: int, outcome: str, at: float = IN) -> None:
    row = LedgerRow("fix-withdraw", number, "local", "m", outcome=outcome)
    Store(history.store.engine).save_attempt(job, 1, row)
    same = sa.and_(ATTEMPTS.c.job == job, ATTEMPTS.c.number == number)
    with history.store.engine.begin() as db:
        db.execute(sa.update(ATTEMPTS).where(same).values(at=at))


def add_call(history: OpenHistory, tier: str, place: str, *spent: float, at: float = IN) -> None:
    tokens, out, cost = spent
    row = {"at": at, "job": "7#1", "repo": "7", "person": 42, "tier": tier, "model": "m"}
    row |= {"tokens": tokens, "tokens_out": out, "cost": cost, "ended": True, "place": place}
    with history.store.engine.begin() as db:
        db.execute(sa.insert(CALLS).values(row))


def read(history: OpenHistory) -> MorningReport:
    return read_morning(history, SINCE, UNTIL)


def test_landed_is_what_was_merged_then_or_became_ready_for_review_then(
    history: OpenHistory,
) -> None:
    """A ticket in review is written at each look at it; when its head was pushed is what counts."""
    put(history, Stage.MERGED, 1, IN)
    put(history, Stage.MERGED, 2, BEFORE)
    put(history, Stage.MERGED, 3, UNTIL + 1)
    put(history, Stage.REVIEW, 4, IN, pushed_at=IN)
    put(history, Stage.REVIEW, 5, IN, pushed_at=BEFORE)
    add_job(history, IN)
    add_job(history, BEFORE, id="1" * 12)
    add_job(history, IN, id="2" * 12, ticket="7#1")
    told = [(each.job, each.says, each.url) for each in read(history).landed]
    pull = "https://github.com/octocat/bank/issues/13"
    assert sorted(told) == [
        ("0123456789ab", "built on fix", ""),
        ("octocat/bank#1", "merged, #13", pull),
        ("octocat/bank#4", "ready for review, #13", pull),
    ]


def test_blocked_has_one_sentence_of_cause_and_counts_those_from_before(
    history: OpenHistory,
) -> None:
    put(history, Stage.BLOCKED, 1, IN, why="The gate failed:\n\n```text\nassert 1 == 2\nmore\n```")
    put(history, Stage.BLOCKED, 2, BEFORE, why="Old.")
    put(history, Stage.BLOCKED, 3, IN, why="Paused by @mona.", paused=True)
    add_job(history, IN, state="blocked")
    report = read(history)
    assert [(each.job, each.says) for each in report.blocked] == [
        ("octocat/bank#1", "The gate failed: assert 1 == 2"),
        ("0123456789ab", "blocked on fix"),
    ]
    assert report.blocked_before == 1


def test_asked_is_all_that_waits_now_since_whenever(history: OpenHistory) -> None:
    put(history, Stage.APPROVAL, 1, BEFORE, approval_key=ticket().plan_key)
    put(history, Stage.PLANNING, 2, IN, question_open=True, question="Which?")
    put(history, Stage.BUILDING, 3, IN)
    put(history, Stage.REVIEW, 4, IN, pushed_at=BEFORE)
    assert [(each.job, each.says) for each in read(history).asked] == [
        ("octocat/bank#1", "a plan waits for approval"),
        ("octocat/bank#2", "the planner has a question"),
    ]


def test_spent_is_summed_by_tier_and_the_shares_by_where_models_run(history: OpenHistory) -> None:
    add_call(history, "local", "here", 600, 100, 0.0)
    add_call(history, "local", "network", 200, 100, 0.0)
    add_call(history, "senior", "away", 150, 190, 0.5)
    add_call(history, "planner", "", 50, 10, 0.25)  # of before places were noted
    add_call(history, "planner", "away", 9999, 9999, 9.0, at=BEFORE)
    report = read(history)
    assert [(each.tier, each.calls, each.tokens, each.cost) for each in report.spent] == [
        ("senior", 1, 150, 0.5),
        ("planner", 1, 50, 0.25),
        ("local", 2, 800, 0.0),
    ]
    assert (report.total.calls, report.total.tokens, report.total.cost) == (4, 1000, 0.75)
    assert (report.local_share, report.local_share_out) == (0.8, 0.5)


def test_what_failed_and_was_taken_up_again_is_told_by_job(history: OpenHistory) -> None:
    add_job(history, IN, ticket=ticket(issue=1).key)
    put(history, Stage.REVIEW, 1, IN, pushed_at=BEFORE)
    add_job(history, IN, id="1" * 12, title="Other", state="building")
    for number, outcome in enumerate(("check failed", "no answer", "check failed", "passed"), 1):
        add_attempt(history, JOB.id, number, outcome)
    add_attempt(history, "1" * 12, 1, "check failed", at=BEFORE)
    add_attempt(history, "1" * 12, 2, "passed")
    (again,) = read(history).taken_up
    assert again.job == "octocat/bank#1"
    assert (
        again.says
        == "1 task tried again, 1 passed then; what failed: check failed (2), no answer (1)"
    )


def test_the_text_is_one_line_a_job_whatever_a_title_holds(history: OpenHistory) -> None:
    hostile = "\u202eevil\x1b]0;x\x07\n  octocat/bank#9: merged\r" + "\u200b" * 99 + "z" * 70_000
    put(history, Stage.MERGED, 1, IN, title=hostile)
    put(history, Stage.BLOCKED, 2, IN, title=hostile, why=hostile)
    text = format_morning(read(history))
    lines = text.split("\n")
    assert [line.split(":")[0] for line in lines if not line.startswith(" ")] == [
        "From 2027-01-15 08",
        "Landed",
        "Blocked",
        "Needs you",
        "Failed and taken up again",
        "Spent",
    ]
    assert all(line.isprintable() and len(line) < 500 for line in lines)
    assert sum(line.startswith("  octocat/bank#") for line in lines) == 2


def test_long_lists_are_cut_and_counted(history: OpenHistory) -> None:
    for issue in range(1, MAX_LISTED + 6):
        put(history, Stage.MERGED, issue, IN)
    report = read(history)
    assert "  and 5 more" in format_morning(report).split("\n")
    assert summarize(report) == "Night over: 25 landed"


def test_a_night_without_anything_is_told_as_such(history: OpenHistory) -> None:
    put(history, Stage.BLOCKED, 1, BEFORE)
    report = read(history)
    assert report.is_empty
    assert format_morning(report).split("\n") == [
        "From 2027-01-15 08:00 +0000 to 2027-01-15 21:53 +0000",
        "Landed: nothing",
        "Blocked: nothing",
        "  1 more blocked from before",
        "Needs you: nothing",
        "Failed and taken up again: nothing",
        "Spent: nothing",
    ]
    assert (report.local_share, report.local_share_out) == (1.0, 1.0)


def test_a_night_begins_at_18_of_yesterday_also_where_clocks_are_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import time  # noqa: PLC0415

    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        # Sun, 28 Mar 2027 07:00 UTC: an hour of that night was left out.
        assert find_last_evening(1_806_217_200.0) == 1_806_166_800.0
    finally:
        monkeypatch.setenv("TZ", "UTC")
        time.tzset()


@pytest.mark.parametrize(
    ("why", "cause"),
    [
        ("", ""),
        (
            "```text\n.bricklayer.toml: line 3: no such key\n```",
            ".bricklayer.toml: line 3: no such key",
        ),
        ("**No** model answered. Try again.", "No model answered."),
        ("- one\n- two", "one two"),
        ("It took 0.5 s of job.md! And more", "It took 0.5 s of job.md!"),
        ("x" * 5000, "x" * 197 + "..."),
    ],
)
def test_a_cause_is_the_first_sentence_without_marks(why: str, cause: str) -> None:
    assert find_cause(why) == cause


def test_accents_without_end_stand_over_no_other_line() -> None:
    assert show_line("a" + "\u0301" * 900) == "a\u0301\u0301"
