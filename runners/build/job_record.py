"""A job's record in the database: its state, and what it has spent of its limits."""

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.config.repository import JobLimits
from bot.job_states import JobEvent, JobState, advance_state, is_settled
from bot.ledger import LedgerRow

if TYPE_CHECKING:
    # Importing SQLAlchemy takes half a second of processor time.
    from bot.storage.jobs import JobRow, Store


class JobRecord:
    """Changes its state only as `bot.job_states` allows. `row` is what was stored last.

    Time in which no process built the job is not spent: the clock starts with `begin`.
    """

    def __init__(self, store: "Store", row: "JobRow", limits: JobLimits) -> None:
        self.row = row
        self._store = store
        self._limits = limits
        self._began = time.time()

    def begin_run(self, workflow_version: str, *, fresh: bool = False) -> bool:
        """Take the job up: a settled one as its next run, an interrupted one where it was.

        `fresh`: as its next run in any case. True where an interrupted run is left as it is and the
        next one begins in its place, because another workflow version wrote its records.
        """
        self._began = time.time()
        state = JobState(self.row.state)
        left, run = self._is_left(workflow_version), self.next_run(workflow_version, fresh=fresh)
        self.row = replace(self.row, workflow_version=workflow_version)
        if run != self.row.run:
            self.row = replace(self.row, run=run, started=time.time())
        if is_settled(state):
            self.apply_event(JobEvent.RETRY)
        elif self._is_interrupted():
            self.apply_event(JobEvent.INTERRUPT)
        self.apply_event(JobEvent.START)
        return left

    def next_run(self, workflow_version: str, *, fresh: bool = False) -> int:
        """The number of the run that `begin_run` would begin, or go on with."""
        ended = is_settled(JobState(self.row.state))
        return self.row.run + (ended or fresh or self._is_left(workflow_version))

    def _is_interrupted(self) -> bool:
        state = JobState(self.row.state)
        return not is_settled(state) and state is not JobState.PLANNED

    def _is_left(self, workflow_version: str) -> bool:
        return self._is_interrupted() and self.row.workflow_version != workflow_version

    def list_earlier(self) -> tuple[LedgerRow, ...]:
        """What the runs on the branch before this one cost, oldest first."""
        return tuple(self._store.list_earlier(self.row))

    def apply_event(self, event: JobEvent) -> None:
        self.row = replace(self.row, state=advance_state(JobState(self.row.state), event))
        self._store.save_job(self.row)

    def add_attempt(self, row: LedgerRow) -> None:
        """Safe from any thread; entering an attempt again after a kill changes nothing."""
        self._store.save_attempt(self.row.id, self.row.run, row)

    def explain_limit(self) -> str:
        """Why nothing more may be spent; empty where something may."""
        tokens = sum(row.tokens for row in self._store.list_attempts(self.row.id, self.row.run))
        if tokens >= self._limits.tokens:
            return f"the job's limit of {self._limits.tokens} tokens is reached ({tokens} spent)"
        if time.time() - self._began > self._limits.wall_clock:
            return f"the job's limit of {self._limits.wall_clock:.0f} s is reached"
        return ""
