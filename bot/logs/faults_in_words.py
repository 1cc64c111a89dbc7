"""A fault of the machine or its database is told in a sentence, whichever library logs it."""

import logging

from bot.machine_faults import find_machine_fault


def put_fault_in_words(record: logging.LogRecord) -> bool:
    """A filter of the handler that all records go through; a trace of anything else stays.

    https://docs.python.org/3.11/library/logging.html#filter-objects
    """
    error = record.exc_info[1] if record.exc_info else None
    if error and (fault := find_machine_fault(error)):
        record.msg, record.args = f"{record.getMessage().rstrip(':')}: {fault}", ()
        record.exc_info = record.exc_text = None
    return True
