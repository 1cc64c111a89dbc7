"""The tickets that one run of `bricklayer action` takes on, and how long it stays with each."""

import logging
import threading
from dataclasses import replace

from bot.logs.fields import log_fields
from bot.ticket.model import Ticket
from bot.ticket.stages import is_over
from runners.tickets.advance import advance_ticket
from runners.tickets.services import Services

log = logging.getLogger("bricklayer")
SOON_SECONDS = 120.0
"""Seconds. Longer waits, for checks that run or for a person, end in an event of their own."""
MAX_IDLE_SECONDS = 600.0
"""How long one job may keep the machine's place in line while nothing about it changes."""


class WokenTickets:
    """The keys of the tickets to look at, each once, in the order in which they were woken."""

    def __init__(self) -> None:
        self._keys: dict[str, None] = {}
        self._changed = threading.Condition()

    def add(self, key: str) -> None:
        with self._changed:
            self._keys[key] = None
            self._changed.notify_all()

    def has_any(self) -> bool:
        with self._changed:
            return bool(self._keys)

    def take(self) -> str:
        """The next one, empty for none."""
        with self._changed:
            key = next(iter(self._keys), "")
            self._keys.pop(key, None)
            return key

    def wait_for(self, key: str, seconds: float) -> None:
        """Until this one is woken, and no longer than that. It is taken then."""
        with self._changed:
            self._changed.wait_for(lambda: key in self._keys, max(0.0, seconds))
            self._keys.pop(key, None)


def advance_to_wait(services: Services, key: str, end: float, woken: WokenTickets) -> Ticket | None:
    """Advance a ticket while what it waits for comes soon; for the rest there is another event."""
    with log_fields(ticket=key):
        return _advance_named(services, key, end, woken)


def _advance_named(services: Services, key: str, end: float, woken: WokenTickets) -> Ticket | None:
    ticket, changed_at = services.tickets.find_ticket(key), services.now()
    while services.now() < end:
        before, ticket = ticket, advance_ticket(services, key)
        if ticket is None or is_over(ticket.stage) or ticket.paused or ticket.outage:
            return ticket
        if before is None or replace(before, wake_at=ticket.wake_at) != ticket:
            changed_at = services.now()
        if ticket.wake_at > min(end, services.now() + SOON_SECONDS) or not ticket.wake_at:
            return ticket
        if services.now() - changed_at > MAX_IDLE_SECONDS:
            log.info("%s: nothing has changed for minutes; the next run goes on", key)
            return ticket
        woken.wait_for(key, min(ticket.wake_at, end) - services.now())
    log.info("%s: the time of this run is over; the next one goes on", key)
    return ticket
