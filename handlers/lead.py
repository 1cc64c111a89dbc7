"""Of all servers on a database one leads: it alone turns the loop of tickets, the others stand by.

A server that stands by writes webhooks into the inbox all share. It leads once the lease of the
one before has ended, at the latest some seconds after that one died.
"""

import logging
import os
import socket
from collections.abc import Callable

from bot.machine_faults import find_machine_fault
from bot.storage.leader import RENEW_SECONDS, LeaderLease, TakenOverError, Term
from bot.storage.lost_connection import tell_farewell
from handlers.worker import Worker
from runners.supervisor import Supervisor

log = logging.getLogger("bricklayer")
STANDBY_SECONDS = 1.0
"""Between two looks at whether the lease has ended."""
BeginLoop = Callable[[Term], Worker]


class Leading:
    """`start` and `stop` once each. `begin_loop` makes the loop of one term, not started yet."""

    def __init__(self, lease: LeaderLease, begin_loop: BeginLoop, supervisor: Supervisor) -> None:
        self._lease = lease
        self._begin_loop = begin_loop
        self._loop = supervisor.add("lease", self._turn)
        self._term: Term | None = None
        self._worker: Worker | None = None
        self._is_first, self._is_ending = True, False
        self._told = ""

    def start(self) -> None:
        """Lead at once where nobody does, so that what is due is taken up before any webhook."""
        try:
            self._turn()
        except Exception as exc:
            fault = find_machine_fault(exc)
            if not fault:
                raise
            log.warning("the lease is asked for once more: %s", fault)
        self._loop.start()

    def stop(self) -> None:
        """What runs is stopped first; then another server may lead at once."""
        self._is_ending = True
        if self._worker:
            self._worker.stop()
        self._loop.stop()
        self._loop.join(RENEW_SECONDS)
        if self._term:
            tell_farewell(self._term.end)

    def signal_delivery(self) -> None:
        """Something has come into the inbox; where another server leads, it looks there itself."""
        if worker := self._worker:
            worker.signal_delivery()

    def wake(self, key: str) -> None:
        if worker := self._worker:
            worker.wake(key)

    def find_facts(self) -> dict[str, str]:
        return {"role": "leader" if self.is_leading() else "standby"}

    def is_leading(self) -> bool:
        return self._term is not None

    def check_lease(self, term: Term) -> None:
        """Before something is shown to others. Raises TakenOverError."""
        try:
            term.require_now()
        except TakenOverError:
            self._loop.nudge()
            raise

    def _turn(self) -> float:
        if self._term is None:
            self._take()
        elif not self._is_renewed(self._term):
            return STANDBY_SECONDS
        if self._term and not self._worker and not self._is_ending:
            self._worker = self._begin(self._term)
        return RENEW_SECONDS if self._term else STANDBY_SECONDS

    def _begin(self, term: Term) -> Worker:
        worker = self._begin_loop(term)
        try:
            worker.start()
        except BaseException:
            worker.stop()  # the next turn makes another one
            raise
        return worker

    def _take(self) -> None:
        if self._is_ending:
            return
        leader = self._lease.read_leader()
        if self._is_first or not leader.is_there:
            self._term = self._lease.take(is_first=self._is_first)
            self._is_first = False
        if self._term:
            log.info("this server leads%s", f", after {leader.holder}" if leader.holder else "")
            self._told = ""
        elif self._told != leader.holder:
            log.info("this server stands by: %s leads", leader.holder)
            self._told = leader.holder

    def _is_renewed(self, term: Term) -> bool:
        try:
            term.renew()
        except TakenOverError as exc:
            log.warning("%s: this server stands by, and what it runs is stopped", exc)
            self._told = exc.holder
            self._term = None
            worker, self._worker = self._worker, None
            if worker and not self._is_ending:
                worker.stop()
            return False
        return True


def describe_process() -> str:
    """Where this process runs, in words for people."""
    return f"{socket.gethostname()} (process {os.getpid()})"
