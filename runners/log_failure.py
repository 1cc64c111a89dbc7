"""Logs what a thread's boundary caught."""

import logging

from bot.machine_faults import find_machine_fault

log = logging.getLogger("bricklayer")


def log_failure(exc: BaseException, what: str) -> None:
    """In one sentence where the machine or its database failed; else with its trace: it is ours.

    `what` says where it went wrong.
    """
    if fault := find_machine_fault(exc):
        log.error("%s: %s", what, fault)
    else:
        log.error("%s", what, exc_info=exc)
