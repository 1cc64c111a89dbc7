"""A fault of the machine has one line in the log and no trace, whoever logs it."""

import errno
import logging

import pytest
import sqlalchemy as sa

from bot.logs.faults_in_words import put_fault_in_words


def make_record(error: BaseException) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__)
    return logging.LogRecord("dbos", logging.ERROR, "", 1, "%s failed to launch:", ("It",), info)


def lose_database() -> Exception:
    engine = sa.create_engine("sqlite:////no/such/folder/db")
    with pytest.raises(sa.exc.OperationalError) as raised, engine.connect():
        pass
    return raised.value


@pytest.mark.parametrize("kind", ["disk", "database"])
def test_a_machines_fault_is_one_sentence(kind: str) -> None:
    """What failed and why stand in it; the trace and where to look it up do not."""
    full = OSError(errno.ENOSPC, "No space left on device")
    fault = full if kind == "disk" else lose_database()
    record = make_record(fault)
    assert put_fault_in_words(record)
    told = logging.Formatter().format(record)
    assert told.startswith("It failed to launch: ")
    assert "Traceback" not in told
    assert "sqlalche.me" not in told


def test_any_other_fault_keeps_its_trace() -> None:
    """It is ours, and whoever mends it needs to see where."""
    try:
        raise ValueError("ours")  # noqa: TRY301
    except ValueError as exc:
        record = make_record(exc)
    assert put_fault_in_words(record)
    assert "Traceback" in logging.Formatter().format(record)
