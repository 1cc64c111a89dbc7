"""A job's record in the database: its state, and what it has spent of its limits."""

import threading
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
        self._lock = threading.Lock()
        self._tokens: dict[tuple[str, int], int] = {}
        self._spent: int | None = None

    def begin_run(self, workflow_version: str, *, anew: bool = False) -> None:
        """Take the job up: a settled one as its next run, an interrupted one where it was.

        `anew`: as its next run in any case.
        """
        self._began, self._spent = time.time(), None
        state, run = JobState(self.row.state), self.next_run(anew=anew)
        self.row = replace(self.row, workflow_version=workflow_version)
        if run != self.row.run:
            self.row = replace(self.row, run=run, started=time.time())
        if is_settled(state):
            self.apply_event(JobEvent.RETRY)
        elif state is not JobState.PLANNED:
            self.apply_event(JobEvent.INTERRUPT)
        self.apply_event(JobEvent.START)

    def next_run(self, *, anew: bool = False) -> int:
        """The number of the run that `begin_run` would begin, or go on with."""
        state = JobState(self.row.state)
        # A job that never began has no run to set aside.
        return self.row.run + (is_settled(state) or (anew and self.has_begun))

    def reopen(self) -> "JobRecord":
        """Another one of the job: what is still entered by this one stays with its run."""
        return JobRecord(self._store, self.row, self._limits)

    @property
    def has_begun(self) -> bool:
        """Whether there is anything of the row's run; one killed while taken up is `planned`."""
        return JobState(self.row.state) is not JobState.PLANNED or self._has_attempts

    @property
    def has_built(self) -> bool:
        """Whether more than its base may have been looked at."""
        looked = {JobState.PLANNED, JobState.PREFLIGHT}
        return JobState(self.row.state) not in looked or self._has_attempts

    @property
    def _has_attempts(self) -> bool:
        return bool(self._store.list_attempts(self.row.id, self.row.run))

    def list_earlier(self) -> tuple[LedgerRow, ...]:
        """What the runs on the branch before this one cost, oldest first."""
        return tuple(self._store.list_earlier(self.row))

    def apply_event(self, event: JobEvent) -> None:
        self.row = replace(self.row, state=advance_state(JobState(self.row.state), event))
        self._store.save_job(self.row)

    def add_attempt(self, row: LedgerRow) -> None:
        """Safe from any thread; entering an attempt again after a kill changes nothing."""
        self._store.save_attempt(self.row.id, self.row.run, row)
        with self._lock:
            self._count(row)

    def _count(self, row: LedgerRow) -> None:
        """Keep the sum, so that no attempt reads those before it again."""
        if self._spent is not None:
            self._spent += row.tokens - self._tokens.get((row.task, row.number), 0)
            self._tokens[row.task, row.number] = row.tokens

    def _sum_tokens(self) -> int:
        with self._lock:
            if self._spent is None:
                self._spent, self._tokens = 0, {}
                for row in self._store.list_attempts(self.row.id, self.row.run):
                    self._count(row)
            return self._spent

    def explain_limit(self) -> str:
        """Why nothing more may be spent; empty where something may."""
        tokens = self._sum_tokens()
        if tokens >= self._limits.tokens:
            return f"the job's limit of {self._limits.tokens} tokens is reached ({tokens} spent)"
        if time.time() - self._began > self._limits.wall_clock:
            return f"the job's limit of {self._limits.wall_clock:.0f} s is reached"
        return ""
