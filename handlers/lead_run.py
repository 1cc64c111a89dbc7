"""One run of `bricklayer action` leads for its repository, as a server does for all of them.

Where a server leads on the same database, the run's event goes into the inbox that it empties.
"""

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bot.storage.leader import (
    ALL_REPOSITORIES,
    LEASE_SECONDS,
    RENEW_SECONDS,
    Leader,
    LeaderLease,
    TakenOverError,
    Term,
)
from bot.storage.tickets import Delivery, TicketStore
from handlers.lead import describe_process
from runners.supervisor import Loop

log = logging.getLogger("bricklayer")
POLL_SECONDS = 0.5
_SPARE_SECONDS = 2.0


def make_lease(tickets: TicketStore) -> LeaderLease:
    """For the repository of this run."""
    # https://docs.github.com/en/actions/reference/workflows-and-actions/variables
    told = os.environ.get("GITHUB_REPOSITORY_ID", "")
    scope = int(told) if told.isdecimal() else ALL_REPOSITORIES
    return LeaderLease(tickets.engine, f"a run of action on {describe_process()}", scope=scope)


def await_term(lease: LeaderLease) -> Term | None:
    """None where another process leads and lives. One that died is followed after some seconds."""
    ends_at = time.monotonic() + LEASE_SECONDS + _SPARE_SECONDS
    left = lease.read_leader().left
    while (term := lease.take()) is None and time.monotonic() < ends_at:
        leader = lease.read_leader()
        if leader.is_there and leader.left > left:
            return None  # it renewed its lease meanwhile
        left = leader.left
        time.sleep(POLL_SECONDS)
    return term


@contextmanager
def keep_term(term: Term, on_lost: Callable[[], None]) -> Iterator[None]:
    """Renew it meanwhile, and end it. `on_lost` is called once where another process leads."""
    lost = threading.Event()

    def renew() -> float:
        try:
            term.renew()
        except TakenOverError as exc:
            if not lost.is_set():
                log.warning("%s: what this run does is stopped", exc)
                lost.set()
                on_lost()
        return RENEW_SECONDS

    loop = Loop("lease", renew)
    loop.start()
    try:
        yield
    finally:
        loop.stop()
        loop.join(RENEW_SECONDS)
        term.end()


def hand_over(tickets: TicketStore, leader: Leader, name: str, payload: object) -> str:
    """What became of the event, in a line."""
    if leader.scope != ALL_REPOSITORIES:
        return f"event {name}: {leader.holder} is at work for this repository, and finds it"
    run = [os.environ.get(f"GITHUB_RUN_{part}", "") for part in ("ID", "ATTEMPT")]
    body = json.dumps(payload).encode()
    tickets.receive_deliveries([Delivery(f"action-{'-'.join(run)}", name, body, time.time())])
    return f"event {name}: handed to {leader.holder}, which leads on this database"
