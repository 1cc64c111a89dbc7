"""What a thread's boundary caught is in the log: a sentence for the machine's, a trace for ours."""

import errno
import logging
import os

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from runners.log_failure import log_failure


def make_lost_connection() -> Exception:
    """As a server that was frozen within a read finds its connection when it wakes up."""
    cause = psycopg.OperationalError("consuming input failed: server closed the connection")
    error = OperationalError("select 1", {}, cause)
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("exc", "told"),
    [
        (make_lost_connection(), "the connection to the database was lost"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "no space is left"),
    ],
)
def test_what_the_machine_lacks_is_told_without_a_trace(
    caplog: pytest.LogCaptureFixture, exc: Exception, told: str
) -> None:
    log_failure(exc, "job 1")
    (record,) = caplog.records
    assert (record.levelno, record.exc_info) == (logging.ERROR, None)
    assert record.getMessage().startswith("job 1: ")
    assert told in record.getMessage()


def test_a_fault_of_ours_has_its_trace(caplog: pytest.LogCaptureFixture) -> None:
    log_failure(KeyError("x"), "job 1")
    (record,) = caplog.records
    assert record.exc_info
    assert record.exc_info[0] is KeyError
