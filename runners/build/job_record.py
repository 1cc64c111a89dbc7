"""A job's life as the database has it: where it is now, moved along the table of states only."""

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.job_states import JobEvent, JobState, advance_state, is_settled

if TYPE_CHECKING:
    from bot.storage.jobs import JobRow, Store  # SQLAlchemy takes half a second of processor time


class JobRecord:
    """`job` is what was kept last."""

    def __init__(self, store: "Store", job: "JobRow") -> None:
        self.store = store
        self.job = job

    def begin(self, *, fresh: bool = False) -> None:
        """Take the job up: a settled one as its next run, an interrupted one where it was.

        `fresh`: as its next run in any case.
        """
        state = JobState(self.job.state)
        if fresh and not is_settled(state):
            self.job = replace(self.job, run=self.job.run + 1, started=time.time())
        if is_settled(state):
            self.job = replace(self.job, run=self.job.run + 1, started=time.time())
            self.move(JobEvent.RETRY)
        elif state is not JobState.PLANNED:
            self.move(JobEvent.INTERRUPT)
        self.move(JobEvent.START)

    def move(self, event: JobEvent) -> None:
        self.job = replace(self.job, state=advance_state(JobState(self.job.state), event))
        self.store.keep(self.job)
