"""The kill switch of all machines on one database; the one of a machine alone is a file."""

import logging
import threading
import time
from dataclasses import dataclass, field

import sqlalchemy as sa

from bot.storage.tickets import TicketStore
from bot.ticket.keys import HALTED_MARK

log = logging.getLogger("bricklayer")
FRESH_SECONDS = 1.0
"""For which an answer of the database holds: it is asked for several times in a step."""


@dataclass(slots=True)
class KillSwitch:
    """Safe for many threads. While the database is away it stays as it was read last."""

    tickets: TicketStore
    _on: bool = False
    _asked: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_on(self) -> bool:
        with self._lock:
            if time.monotonic() - self._asked >= FRESH_SECONDS:
                try:
                    self._on = bool(self.tickets.read_mark(HALTED_MARK))
                except (sa.exc.DBAPIError, sa.exc.TimeoutError) as exc:
                    log.warning("whether all is halted cannot be read now: %s", type(exc).__name__)
                self._asked = time.monotonic()
            return self._on


def halt_all(tickets: TicketStore, *, on: bool) -> bool:
    """Whether the database has it now."""
    try:
        tickets.write_mark(HALTED_MARK, "1" if on else "")
    except (sa.exc.DBAPIError, sa.exc.TimeoutError) as exc:
        log.warning("the database does not take it: %s", type(exc).__name__)
        return False
    return True
