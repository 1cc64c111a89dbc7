"""Lists over all jobs: what is found, in which order, and that nobody sees what they may not read."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.postgres import create_database
from support.tickets import WHERE, amend
from support.tickets import ticket as make_ticket

from bot.ledger import LedgerRow
from bot.storage.database import open_database, sqlite_url
from bot.storage.history import History
from bot.storage.jobs import JobRow, Store
from bot.storage.overview import (
    EVERYTHING,
    MAX_TITLE_CHARACTERS,
    JobFilter,
    JobLine,
    Overview,
    Visible,
)
from bot.storage.span import read_span
from bot.storage.statistics import Statistics
from bot.storage.tables import ATTEMPTS, CALLS, TICKETS
from bot.storage.tickets import TicketStore
from bot.ticket.stages import Stage

SECRET = "secret"  # noqa: S105  # the word that stands in all of a repository nobody else reads
ANY_JOB = JobFilter()
HERS = Visible(frozenset({"7"}))
JOB = JobRow("0123456789ab", "/srv/bank", "fix", "0" * 40, "", 5.0, title="Fix it")


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


def put(engine: sa.Engine, issue: int, began: float = 1.0, repo: int = 7, **more: object) -> None:
    where = replace(WHERE, repo_id=repo, repo=str(more.pop("repo_name", f"acme/r{repo}")))
    stage = Stage(str(more.pop("stage", "building")))
    made = amend(make_ticket(stage), where=where, issue=issue, labelled_at=began, **more)
    TicketStore(engine).adopt_ticket(made, at_least=1)


def save_job(engine: sa.Engine, **more: object) -> None:
    Store(engine).save_job(replace(JOB, **more))  # type: ignore[arg-type]


def list_names(engine: sa.Engine, wanted: JobFilter = ANY_JOB) -> list[str]:
    return [line.name for line in Overview(engine).list_jobs(EVERYTHING, wanted)]


def list_in_pages(engine: sa.Engine, wanted: JobFilter, rows: int) -> list[JobLine]:
    found: list[JobLine] = []
    while page := Overview(engine).list_jobs(EVERYTHING, wanted, rows):
        found += page
        wanted = replace(wanted, after=(page[-1].began, page[-1].key))
    return found


def test_the_newest_of_both_kinds_come_first(engine: sa.Engine) -> None:
    put(engine, 1, 1.0)
    put(engine, 2, 9.0)
    save_job(engine)
    save_job(engine, id="b" * 12, ticket="7#1")  # built for an issue, which stands for it
    assert list_names(engine) == ["acme/r7#2", JOB.id, "acme/r7#1"]


def test_filters_hold_together(engine: sa.Engine) -> None:
    put(engine, 1, title="Mend the vault")
    put(engine, 2, title="Mend the vault", stage="blocked")
    put(engine, 3, title="Mend the vault", repo=8, stage="blocked")
    put(engine, 4, title="Other", stage="blocked")
    save_job(engine, state="blocked", title="Mend the VAULT")
    blocked = frozenset({"blocked"})
    assert sorted(list_names(engine, JobFilter("vault"))) == [
        JOB.id,
        "acme/r7#1",
        "acme/r7#2",
        "acme/r8#3",
    ]
    wanted = JobFilter("vault", "acme/r7", blocked)  # type: ignore[arg-type]
    assert list_names(engine, wanted) == ["acme/r7#2"]
    wanted = JobFilter("", "/srv/bank", blocked)  # type: ignore[arg-type]
    assert list_names(engine, wanted) == [JOB.id]


@pytest.mark.parametrize("text", ["100%", "a_b", "back\\slash", "it's", '"; DROP TABLE x; --'])
def test_what_has_a_meaning_in_like_is_looked_for_as_it_stands(
    engine: sa.Engine, text: str
) -> None:
    put(engine, 1, title=f"before {text} after")
    put(engine, 2, title="before 100x aXb backslash after")
    assert list_names(engine, JobFilter(text)) == ["acme/r7#1"]


@pytest.mark.parametrize("rows", [1, 2, 3, 50])
def test_a_list_in_pages_skips_and_doubles_no_job_that_began_with_another(
    engine: sa.Engine, rows: int
) -> None:
    for issue in range(1, 6):
        put(engine, issue, 5.0)
        save_job(engine, id=f"{issue:012}")
    put(engine, 6, 1.0)
    found = [line.key for line in list_in_pages(engine, JobFilter(), rows)]
    assert len(found) == len(set(found)) == 11
    assert found[-1] == "7#6"


def test_a_title_of_64_kb_is_cut_in_a_list(engine: sa.Engine) -> None:
    put(engine, 1, title="x" * 65_000)
    save_job(engine, title="y" * 65_000)
    titles = [line.title for line in Overview(engine).list_jobs(EVERYTHING)]
    assert {len(title) for title in titles} == {MAX_TITLE_CHARACTERS}


def test_what_waits_longest_comes_first_and_an_old_job_of_the_command_line_is_left(
    engine: sa.Engine,
) -> None:
    put(engine, 1, stage="blocked")
    put(engine, 2)
    save_job(engine, state="failed")
    now = Overview(engine).list_jobs(EVERYTHING)[0].changed
    names = [each.name for each in Overview(engine).list_attention(EVERYTHING, now)]
    assert names == ["acme/r7#1", JOB.id]
    later = Overview(engine).list_attention(EVERYTHING, now + 8 * 86_400)
    assert [each.name for each in later] == ["acme/r7#1"]


def test_a_repository_has_the_name_that_its_newest_job_knows(engine: sa.Engine) -> None:
    put(engine, 1, repo_name="acme/new")
    put(engine, 2, repo_name="acme/old")
    with engine.begin() as db:
        older = sa.update(TICKETS).where(TICKETS.c.issue == 2)
        db.execute(older.values(changed=1.0))
    assert Overview(engine).list_github_repos(EVERYTHING) == {"7": "acme/new"}
    found = Overview(engine).find_github_repo(EVERYTHING, "7")
    assert found
    assert found.name == "acme/new"


def fill_both(engine: sa.Engine) -> None:
    """Repositories 7 and 8, of which everything has the word, and a job of the command line."""
    for repo, word in ((7, "open"), (8, SECRET)):
        for issue, stage in enumerate(("blocked", "merged", "review", "building"), 1):
            title, name = f"{word} title", f"{word}/{word}"
            put(engine, issue, 9.0, repo, title=title, repo_name=name, stage=stage, why=word)
        save_job(engine, id=f"{word}-build", title=word, ticket=f"{repo}#1", repo=f"/m/{word}.git")
        for number, outcome in ((1, "check failed"), (2, "passed")):
            row = LedgerRow(word, number, word, word, outcome=outcome, kind=word, notes=(word,))
            Store(engine).save_attempt(f"{word}-build", 1, row, str(repo))
        call = {"at": 1e9, "job": f"{repo}#1", "repo": str(repo), "person": 1, "tier": word}
        call |= {"tokens": repo, "cost": 0.0, "ended": True, "place": word}
        with engine.begin() as db:
            db.execute(sa.insert(CALLS).values(call))
            db.execute(sa.update(ATTEMPTS).values(at=1e9))
    save_job(engine, id=f"{SECRET}-job", title=SECRET, repo=f"/{SECRET}", state="blocked")
    with engine.begin() as db:
        db.execute(sa.update(TICKETS).values(changed=1e9))


def test_who_reads_one_repository_sees_nothing_of_another_in_any_query(engine: sa.Engine) -> None:
    fill_both(engine)
    overview, statistics = Overview(engine), Statistics(engine)
    hers: list[object] = [
        overview.list_jobs(HERS),
        overview.list_jobs(HERS, JobFilter(SECRET)),
        overview.list_jobs(HERS, JobFilter("", f"{SECRET}/{SECRET}")),
        overview.list_attention(HERS, 1e9),
        overview.list_repos(HERS),
        overview.list_github_repos(HERS),
        overview.find_github_repo(HERS, "8"),
        overview.find_github_repo(HERS, "7"),
        statistics.count_passes(HERS, 0.0),
        statistics.count_lessons(HERS, 0.0),
        statistics.sum_weeks(HERS, 1e9 - 1),
        statistics.count_landed(HERS, 0.0),
        read_span(engine, 0.0, 2e9, HERS),
    ]
    assert SECRET not in repr(hers)
    assert hers[1:3] == [[], []]
    assert "open" in repr(hers[0])
    assert [each.tokens for each in statistics.sum_weeks(HERS, 1e9 - 1)] == [7]
    assert sum(statistics.count_landed(HERS, 0.0).values()) == 1


def test_who_reads_nothing_sees_nothing(engine: sa.Engine) -> None:
    fill_both(engine)
    nobody = Visible()
    overview, statistics = Overview(engine), Statistics(engine)
    assert not overview.list_jobs(nobody)
    assert not overview.list_attention(nobody, 1e9)
    assert not overview.list_repos(nobody)
    assert not overview.list_github_repos(nobody)
    assert not statistics.count_passes(nobody, 0.0)
    assert not statistics.count_lessons(nobody, 0.0)
    assert not statistics.sum_weeks(nobody, 1e9 - 1)
    span = read_span(engine, 0.0, 2e9, nobody)
    assert not any((span.tickets, span.jobs, span.attempts, span.calls, span.attempted))


def test_jobs_are_read_by_name_without_their_plans(engine: sa.Engine) -> None:
    save_job(engine, plan="# Fix\n")
    (found,) = History(engine).read_jobs([JOB.id, "none"]).values()
    assert (found.id, found.title, found.plan) == (JOB.id, "Fix it", "")
