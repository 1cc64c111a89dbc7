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

    def begin(self, workflow_version: str, *, fresh: bool = False) -> bool:
        """Take the job up: a settled one as its next run, an interrupted one where it was.

        `fresh`: as its next run in any case. True where an interrupted run is left as it is and the
        next one begins in its place, because another workflow version wrote its records.
        """
        state = JobState(self.job.state)
        interrupted = not is_settled(state) and state is not JobState.PLANNED
        left = interrupted and self.job.workflow_version != workflow_version
        self.job = replace(self.job, workflow_version=workflow_version)
        if is_settled(state) or fresh or left:
            self.job = replace(self.job, run=self.job.run + 1, started=time.time())
        if is_settled(state):
            self.move(JobEvent.RETRY)
        elif interrupted:
            self.move(JobEvent.INTERRUPT)
        self.move(JobEvent.START)
        return left

    def move(self, event: JobEvent) -> None:
        self.job = replace(self.job, state=advance_state(JobState(self.job.state), event))
        self.store.keep(self.job)
