"""Databases of every age: today's are made, older ones upgraded, newer ones left alone."""

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from support.postgres import create_database

from bot.errors import UserError
from bot.models.model import FailedModel
from bot.storage import migrations
from bot.storage.database import open_database, sqlite_url
from bot.storage.jobs import open_store
from bot.storage.tables import METADATA
from bot.storage.tickets import open_ticket_store
from bot.storage.upgrade import REVISIONS
from bot.ticket.keys import repo_id_mark, shown_mark

RELEASE = Path(__file__).parents[2] / "data" / "release_0_1"
JOB = "d5a4a0d8e202"
OPEN = "import sys; from bot.storage.jobs import open_store; open_store(sys.argv[1])"
KILLED_BEFORE_COMMIT = f"""
import os, signal
from bot.storage import upgrade as module
upgrade = module._upgrade
def killing(db):
    upgrade(db)
    os.kill(os.getpid(), signal.SIGKILL)
module._upgrade = killing
{OPEN}
"""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with nothing in it."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    return create_database(request.getfixturevalue("postgres"))


@pytest.fixture
def old(empty: str) -> str:
    """The URL of a database as the release before schema versions left it."""
    fill(empty)
    return empty


@pytest.fixture(params=["new", "old"])
def database(request: pytest.FixtureRequest, empty: str) -> str:
    """The URL of an empty one, and of one of the older release."""
    if request.param == "old":
        fill(empty)
    return empty


def fill(url: str) -> None:
    if is_file(url):
        db = sqlite3.connect(file_of(url))
        db.executescript((RELEASE / "sqlite.sql").read_text())
        db.execute("PRAGMA journal_mode=WAL")  # as the release itself had it
        db.close()
        return
    engine = sa.create_engine(url)
    with engine.begin() as db:
        for statement in (RELEASE / "postgresql.sql").read_text().split(";\n"):
            db.exec_driver_sql(statement)
    engine.dispose()


def file_of(url: str) -> Path:
    return Path(str(sa.make_url(url).database))


def is_file(url: str) -> bool:
    return sa.make_url(url).get_backend_name() == "sqlite"


def make_newer(url: str) -> None:
    """As a later release than this one would leave it."""
    engine = open_database(url)
    with engine.begin() as db:
        db.exec_driver_sql("UPDATE bricklayer_schema SET version_num = '9001'")
    engine.dispose()


def versions(url: str) -> list[str]:
    engine = sa.create_engine(url)
    with engine.connect() as db:
        tables = sa.inspect(db).get_table_names()
        found = (
            db.exec_driver_sql("SELECT version_num FROM bricklayer_schema").scalars().all()
            if ("bricklayer_schema" in tables)
            else []
        )
    engine.dispose()
    return list(found)


def python(code: str, url: str) -> "subprocess.Popen[str]":
    argv = [sys.executable, "-c", code, url]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def bytes_of(url: str) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in file_of(url).parent.iterdir()}


def test_the_revisions_are_those_that_alembic_finds_in_their_order() -> None:
    folder = str(Path(migrations.__file__).parent)
    found = [
        script.revision
        for script in ScriptDirectory(folder, version_locations=[folder]).walk_revisions()
    ]
    assert tuple(reversed(found)) == REVISIONS


def test_a_database_of_any_age_has_the_tables_of_today_when_it_is_open(
    database: str,
) -> None:
    engine = open_database(database)
    ours = {*METADATA.tables}
    with engine.connect() as db:
        options = {"include_name": lambda name, kind, _: kind != "table" or name in ours}
        context = MigrationContext.configure(db, opts=options)
        assert compare_metadata(context, METADATA) == []
    assert versions(database) == [REVISIONS[-1]]
    engine.dispose()


def test_what_the_older_release_wrote_is_kept(old: str) -> None:
    store = open_store(old)
    [row] = store.list_attempts(JOB)
    assert row.task == "fix"
    assert row.failures == (FailedModel("script:down.md", "the model's process died"),)
    with store.engine.connect() as db:
        stored = db.exec_driver_sql("SELECT row FROM bricklayer_attempts").scalar()
    assert "falls" not in str(stored)
    store.engine.dispose()


def test_jobs_deliveries_and_tickets_of_the_older_release_are_kept(tmp_path: Path) -> None:
    fill(sqlite_url(tmp_path))
    store = open_store(sqlite_url(tmp_path))
    job = store.find_job(JOB)
    assert job
    assert (job.state, job.run, job.workflow_version) == ("building", 1, "1")
    tickets = open_ticket_store(store)
    assert [delivery.id for delivery in tickets.list_waiting()] == ["guid-1"]
    assert [ticket.name for ticket in tickets.list_tickets()] == ["octocat/bank#7"]
    assert tickets.read_mark("etag:octocat/bank") == 'W/"1"'
    assert tickets.count_starts(0.0, person=5) == 1
    store.engine.dispose()


def test_tickets_of_a_renamed_repository_become_one_with_what_was_noted_of_it(
    tmp_path: Path,
) -> None:
    """The older release kept them by name, so a rename gave the issue a second one."""
    fill(sqlite_url(tmp_path))
    db = sqlite3.connect(file_of(sqlite_url(tmp_path)))
    db.execute(
        "INSERT INTO bricklayer_tickets SELECT 'octocat/ledger#7', 'octocat/ledger', issue, pull,"
        " head, branch, 'cancelled', version, replace(body, 'octocat/bank', 'octocat/ledger')"
        " FROM bricklayer_tickets"
    )
    db.execute("INSERT INTO bricklayer_marks VALUES ('shown:octocat/bank#7', 'as it was')")
    db.commit()
    db.close()
    store = open_store(sqlite_url(tmp_path))
    tickets = open_ticket_store(store)
    assert [(one.key, one.name) for one in tickets.list_tickets("1")] == [("1#7", "octocat/bank#7")]
    assert tickets.read_mark(shown_mark("1#7")) == "as it was"
    assert tickets.read_mark(repo_id_mark("Octocat/Ledger")) == "1"
    store.engine.dispose()


def test_a_database_that_only_bricklayer_run_used_gets_the_tables_of_serve(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    fill(url)
    db = sqlite3.connect(file_of(url))
    for table in ("deliveries", "tickets", "marks", "starts"):
        db.execute(f"DROP TABLE bricklayer_{table}")
    db.close()
    store = open_store(sqlite_url(tmp_path))
    assert open_ticket_store(store).list_tickets() == []
    assert store.find_job(JOB)
    store.engine.dispose()


@pytest.mark.slow
def test_of_many_processes_that_open_it_at_once_one_does_the_work_and_all_go_on(
    database: str,
) -> None:
    processes = [python(OPEN, database) for _ in range(4)]
    outputs = [process.communicate(timeout=280)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, outputs
    assert versions(database) == [REVISIONS[-1]]


def test_killed_in_the_middle_it_is_as_it_was_and_the_next_one_upgrades_it(old: str) -> None:
    process = python(KILLED_BEFORE_COMMIT, old)
    out, _ = process.communicate(timeout=280)
    assert process.returncode == -signal.SIGKILL, out
    engine = sa.create_engine(old)
    with engine.connect() as db:
        assert "falls" in str(db.exec_driver_sql("SELECT row FROM bricklayer_attempts").scalar())
        assert "workflow_version" not in {
            c["name"] for c in sa.inspect(db).get_columns("bricklayer_jobs")
        }
    engine.dispose()
    assert versions(old) == []
    open_store(old).engine.dispose()
    assert versions(old) == [REVISIONS[-1]]


def test_a_revision_that_fails_leaves_nothing_of_those_before_it(old: str) -> None:
    engine = sa.create_engine(old)
    with engine.begin() as db:  # so that the last revision cannot add this column
        db.exec_driver_sql("ALTER TABLE bricklayer_jobs ADD COLUMN workflow_version TEXT")
    with pytest.raises(
        (sa.exc.OperationalError, sa.exc.ProgrammingError), match="workflow_version"
    ):
        open_store(old)
    with engine.connect() as db:
        assert "falls" in str(db.exec_driver_sql("SELECT row FROM bricklayer_attempts").scalar())
    engine.dispose()
    assert versions(old) == []


def test_a_newer_database_is_named_with_what_to_do_and_nothing_in_it_changes(empty: str) -> None:
    make_newer(empty)
    before = bytes_of(empty) if is_file(empty) else {}
    with pytest.raises(UserError) as raised:
        open_store(empty)
    assert (bytes_of(empty) if is_file(empty) else {}) == before
    assert "a newer Bricklayer made this database (schema 9001)" in str(raised.value)
    assert "Install the newer Bricklayer" in str(raised.value)
    assert versions(empty) == ["9001"]


def test_a_newer_file_keeps_its_own_journal_mode(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    make_newer(url)
    db = sqlite3.connect(file_of(url))
    db.execute("PRAGMA journal_mode=DELETE")
    db.close()
    before = bytes_of(url)
    with pytest.raises(UserError):
        open_store(url)
    assert bytes_of(url) == before


@pytest.mark.postgres
@pytest.mark.parametrize("empty", ["postgres"], indirect=True)
def test_a_newer_database_is_named_without_its_password(empty: str) -> None:
    make_newer(empty)
    word = "hunter2"
    with pytest.raises(UserError) as raised:
        open_store(sa.make_url(empty).set(password=word).render_as_string(hide_password=False))
    assert word not in str(raised.value)


def test_a_database_of_today_is_opened_without_alembic(tmp_path: Path) -> None:
    """A run pays one SELECT for it; a new database needs no migrations either."""
    code = f"{OPEN}; assert 'alembic' not in sys.modules"
    for _ in ("a new one", "one of today"):
        process = python(code, sqlite_url(tmp_path))
        out, _ = process.communicate(timeout=280)
        assert process.returncode == 0, out


def test_a_file_that_is_no_database_is_named_with_what_to_do(tmp_path: Path) -> None:
    """A damaged file is for a person to look at: it is left as it is, and no fault of ours."""
    url = sqlite_url(tmp_path)
    file = Path(sa.make_url(url).database or "")
    file.write_bytes(b"no database at all" * 100)
    with pytest.raises(UserError) as raised:
        open_store(url)
    assert "cannot be opened: file is not a database" in str(raised.value)
    assert file.read_bytes() == b"no database at all" * 100


def test_a_server_that_is_down_is_named_without_its_password() -> None:
    with pytest.raises(UserError) as raised:
        open_store("postgresql://who:secret@127.0.0.1:1/none")
    assert "127.0.0.1" in str(raised.value)
    assert "Start the database" in str(raised.value)
    assert "secret" not in str(raised.value)
