"""A job while it is built: a phase may be given further tasks."""

from collections.abc import Sequence
from dataclasses import replace

from bot.job.parts import Job, Task


def grown(job: Job, number: int, tasks: Sequence[Task]) -> Job:
    """The job with `tasks` behind those of its phase `number`, counted from 0."""
    phase = job.phases[number]
    longer = replace(phase, tasks=(*phase.tasks, *tasks))
    return replace(job, phases=(*job.phases[:number], longer, *job.phases[number + 1 :]))
