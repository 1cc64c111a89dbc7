"""The meter: what a job has spent so far, against what it may."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.config.repository import JobLimits
from bot.ledger import LedgerRow

if TYPE_CHECKING:
    from bot.storage.jobs import Store  # SQLAlchemy takes half a second of processor time to import


@dataclass(frozen=True, slots=True)
class Meter:
    """`started` is in seconds since 1970, of this process: time it was not running is not spent."""

    store: "Store"
    job: str
    run: int
    started: float
    limits: JobLimits

    def add(self, row: LedgerRow) -> None:
        self.store.keep_attempt(self.job, self.run, row)

    def over(self) -> str:
        """Why nothing more may be spent; empty where something may."""
        rows = self.store.attempts(self.job, self.run)
        tokens = sum(row.tokens for row in rows)
        if tokens >= self.limits.tokens:
            return f"the job's limit of {self.limits.tokens} tokens is reached ({tokens} spent)"
        if time.time() - self.started > self.limits.wall_clock:
            return f"the job's limit of {self.limits.wall_clock:.0f} s is reached"
        return ""
