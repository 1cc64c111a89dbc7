"""Takes work up again whose process the machine has killed, and gives up where that goes on.

That a process begins is written down before it does, so the death of the whole worker counts too,
whichever machine takes the work up then. What lands is progress: the count is of one head alone.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from bot.storage.tickets import TicketStore
from bot.ticket.keys import tries_mark
from runners.worker_process.client import STOPPED
from runners.worker_process.main import WorkResult

log = logging.getLogger("bricklayer")
MAX_RESTARTS = 3
"""Of one piece of work at one head; then a person has to look at the machine."""
FIRST_PAUSE_SECONDS = 5.0
"""Before it is taken up again: four times the last pause each time, as memory may be short."""


@dataclass(frozen=True, slots=True)
class WorkTries:
    """`name` is the ticket and the kind of work; `head` says how far it has come."""

    store: TicketStore
    name: str
    head: Callable[[], str]
    wait: Callable[[float], bool]
    """For so many seconds; whether it is not to go on any more."""

    def run(self, once: Callable[[], WorkResult]) -> WorkResult:
        while True:
            head = self.head()
            deaths = self._count(head)
            if deaths > MAX_RESTARTS:
                self._forget()
                return WorkResult(passed=False, why=explain_deaths(deaths))
            if deaths and self.wait(FIRST_PAUSE_SECONDS * 4 ** (deaths - 1)):
                return STOPPED
            self.store.write_mark(tries_mark(self.name), f"{head} {deaths + 1}")
            result = once()
            if not result.killed:
                self._forget()
                return result
            log.warning("%s: %s", self.name, result.why)

    def _count(self, head: str) -> int:
        at, _, times = self.store.read_mark(tries_mark(self.name)).partition(" ")
        return int(times) if at == head and times.isdecimal() else 0

    def _forget(self) -> None:
        self.store.write_mark(tries_mark(self.name), "")


def explain_deaths(times: int) -> str:
    return (
        f"The machine ended the process of this work {times} times in a row at the same commit, or"
        " the worker with it. Most often its memory was used up: by the model, by a check, or by"
        " too many lanes. Whoever runs the machine finds it in the kernel's log (`dmesg`). After"
        " that, `/retry` goes on from here."
    )
