"""A server's database at its start and its end: waited for where it is away, left where it is lost.

What a server knows by heart, and what its threads are about to write, is about rows; once those are
gone it ends, and whoever started it starts it again. That makes the tables anew, and the sweep
restores the jobs from GitHub (`handlers/find_tickets.py`), as `bricklayer reconcile` does.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.config.machine import Settings
from bot.errors import UserError
from bot.machine_faults import MachineFaultError, find_machine_fault, is_database_lost
from bot.storage.tickets import TicketStore
from runners.tickets.services import open_tickets

T = TypeVar("T")
log = logging.getLogger("bricklayer")
START_PAUSES_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0, *(30.0,) * 9)
"""Five minutes: after a loss of power the database's machine may be up later than this one."""


def await_tickets(settings: Settings) -> TicketStore:
    return await_database(settings, lambda: open_tickets(settings))


def await_database(settings: Settings, open_: Callable[[], T]) -> T:
    """Open as soon as it takes connections. Raises UserError for what a person must fix.

    Raises MachineFaultError once that took too long, which ends the command as a fault of the
    machine: a service manager then starts it again.
    """
    for pause in START_PAUSES_SECONDS:
        try:
            return open_()
        except UserError as exc:
            fault = find_machine_fault(exc)
            if not (fault and settings.database_url.startswith("postgres")):
                raise
            log.error("tried again in %.0f s: %s", pause, exc)  # noqa: TRY400  # nothing of ours
        time.sleep(pause)
    try:
        return open_()
    except UserError as exc:
        if fault := find_machine_fault(exc):
            raise MachineFaultError(str(fault)) from exc
        raise


@dataclass(slots=True)
class DatabaseLoss:
    """Told of each turn of a loop that failed; `end` ends the process, and is called once."""

    end: Callable[[], None] = lambda: None
    _lost: BaseException | None = None

    def hear(self, exc: BaseException) -> None:
        if self._lost is None and is_database_lost(exc):
            self._lost = exc
            log.error("this process ends, for its next start to make the tables anew")
            self.end()

    def raise_if_lost(self) -> None:
        if self._lost:
            raise self._lost
