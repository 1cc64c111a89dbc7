"""What the machine or its database lacks is told in one sentence, with what to do; ours is not."""

import errno
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.errors import GitError, GitMessage
from bot.machine_faults import MachineFaultError, find_machine_fault, is_database_lost
from bot.storage.database import open_database
from handlers import process_exit

_MARK = "INSERT INTO bricklayer_marks VALUES ('a', '{}')"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    open_database(f"sqlite:///{tmp_path / 'state.sqlite'}").dispose()
    return tmp_path / "state.sqlite"


def caught(act: Callable[[], object]) -> BaseException:
    with pytest.raises(Exception) as found:  # noqa: PT011  # whichever it is, it is looked at
        act()
    return found.value


def write(engine: sa.Engine, *before: str, size: int = 1) -> None:
    try:
        with engine.begin() as db:
            for statement in before:
                db.exec_driver_sql(statement)
            db.exec_driver_sql(_MARK.format("x" * size))
    finally:
        engine.dispose()


def no_room(path: Path) -> None:
    write(open_database(f"sqlite:///{path}"), "PRAGMA max_page_count=1", size=1 << 20)


def read_only(path: Path) -> None:
    write(open_database(f"sqlite:///{path}"), "PRAGMA query_only=1")


def locked(path: Path) -> None:
    engine = open_database(f"sqlite:///{path}")
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")
    try:
        write(engine, "PRAGMA busy_timeout=20")
    finally:
        other.close()


def damaged(path: Path) -> None:
    engine = open_database(f"sqlite:///{path}")
    engine.dispose()
    for each in path.parent.glob("*-wal"):
        each.unlink()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    write(engine)


SQLITE = {
    no_room: "the database cannot be written: no space is left",
    read_only: "the database cannot be written: it is read-only",
    locked: "the database was locked for half a minute",
    damaged: "the database is damaged",
}


@pytest.mark.parametrize("fault", SQLITE, ids=lambda fault: fault.__name__)
def test_a_file_of_sqlite_that_cannot_be_used_is_named(
    path: Path, fault: Callable[[Path], None]
) -> None:
    found = find_machine_fault(caught(lambda: fault(path)))
    assert found
    assert (found.what, found.where) == (SQLITE[fault], str(path))
    assert found.hint


@pytest.fixture
def postgres_engine(postgres: str) -> Iterator[sa.Engine]:
    engine = open_database(postgres)
    yield engine
    engine.dispose()


POSTGRES = {
    "read-only": ("SET TRANSACTION READ ONLY", "the database can only be read"),
    "slow": ("SET LOCAL statement_timeout = 20; SELECT pg_sleep(5)", "the database took too long"),
    "ended": (
        "SELECT pg_terminate_backend(pg_backend_pid())",
        "the database is being stopped or started",
    ),
    "emptied": ("DROP TABLE bricklayer_marks", "the tables that were in the database are gone"),
    "full": (
        "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'disk_full'; END $$",
        "the database cannot be written: no space is left",
    ),
}


@pytest.mark.postgres
@pytest.mark.parametrize("name", POSTGRES)
def test_what_postgres_has_against_a_write_is_told(postgres_engine: sa.Engine, name: str) -> None:
    statement, told = POSTGRES[name]
    found = find_machine_fault(caught(lambda: write(postgres_engine, statement)))
    assert found
    assert found.what == told
    assert found.where.startswith("postgresql+psycopg://")


@pytest.mark.postgres
def test_a_server_that_is_gone_is_told() -> None:
    engine = sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    found = find_machine_fault(caught(engine.connect))
    assert found
    assert found.what == "the database cannot be reached"
    assert "refused" in found.hint
    assert not is_database_lost(caught(engine.connect))


@pytest.mark.postgres
def test_a_database_that_is_not_there_is_told_in_its_servers_words(postgres: str) -> None:
    url = sa.make_url(postgres).set(drivername="postgresql+psycopg", database="none")
    found = find_machine_fault(caught(sa.create_engine(url).connect))
    assert found
    assert 'database "none" does not exist' in found.hint


def test_tables_that_are_gone_are_told_and_known_from_other_faults(path: Path) -> None:
    assert not is_database_lost(caught(lambda: locked(path)))
    engine = open_database(f"sqlite:///{path}")
    exc = caught(lambda: write(engine, "DROP TABLE bricklayer_marks"))
    found = find_machine_fault(exc)
    assert found
    assert (found.what, found.where) == ("the tables that were in the database are gone", str(path))
    assert is_database_lost(exc)


NUMBERS = {
    errno.ENOSPC: "no space is left",
    errno.EDQUOT: "quota",
    errno.EROFS: "only be read",
    errno.EMFILE: "too many files",
    errno.ENFILE: "too many files",
    errno.EAGAIN: "no more processes",
    errno.ENOMEM: "no memory",
    errno.EIO: "does not read or write",
}


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: errno.errorcode[number])
def test_the_systems_own_refusals_name_the_path(number: int) -> None:
    found = find_machine_fault(OSError(number, "as the system has it", "/tmp/x"))  # noqa: S108
    assert found
    assert NUMBERS[number] in found.what
    assert found.where == "/tmp/x"  # noqa: S108
    assert len(str(found).splitlines()) == 2


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ("write error: No space left on device", "no space is left"),
        ("cannot lock ref: Read-only file system", "it can only be read"),
        ("cannot fork: Resource temporarily unavailable", "no more processes"),
        ("unable to create thread: Resource temporarily unavailable", "no more processes"),
        ("Out of memory, malloc failed (tried to allocate %lu bytes)", "no memory is left"),
    ],
)
def test_what_git_met_is_told_as_the_systems(form: str, told: str) -> None:
    found = find_machine_fault(GitError(["gc"], 128, form, (GitMessage(form, form),)))
    assert found
    assert told in found.what


@pytest.mark.parametrize(
    "fault",
    [
        KeyError("x"),
        FileNotFoundError(errno.ENOENT, "No such file", "/x"),
        GitError(["log"], 128, "fatal: bad revision 'x'"),
        sa.exc.OperationalError("", {}, sqlite3.OperationalError("no such table: x")),
        sa.exc.IntegrityError("", {}, sqlite3.IntegrityError("UNIQUE constraint failed")),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_what_may_be_a_fault_of_ours_is_left_to_be_reported(fault: Exception) -> None:
    assert find_machine_fault(fault) is None


def test_a_fault_of_ours_that_came_up_while_the_systems_was_dealt_with_stays_ours() -> None:
    def stumble() -> None:
        try:
            Path("/dev/full").write_text("x", encoding="utf-8")
        except OSError:
            raise KeyError("ours")  # noqa: B904  # as a fault comes up, not as one is raised

    assert find_machine_fault(caught(stumble)) is None


def test_what_a_process_of_its_own_told_reads_the_same() -> None:
    told = find_machine_fault(OSError(errno.ENOSPC, "", "/x"))
    assert str(find_machine_fault(MachineFaultError(str(told)))) == str(told)


def test_a_command_ends_with_70_and_two_lines(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No trace, and no word of a fault of ours, whichever command it is."""

    def leave(code: int) -> None:
        raise SystemExit(code)

    monkeypatch.setattr(process_exit, "_exit_now", leave)
    with pytest.raises(SystemExit) as ended:
        process_exit.run_and_exit(lambda: no_room(path))
    assert ended.value.code == process_exit.INTERNAL_ERROR
    told = capsys.readouterr().err
    assert told.startswith(f"system error: {path}: the database cannot be written: no space")
    assert len(told.splitlines()) == 2
    assert "Traceback" not in told
    assert "report" not in told
