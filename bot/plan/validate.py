"""Does a plan make sense in this repository? Every fault at once, form and sense together."""

import hashlib
from collections.abc import Collection, Iterator

from bot.errors import Fault
from bot.plan.model import Job
from bot.plan.parser import Reading, read, refuse
from bot.plan.task_graph import explicit
from bot.plan.validate_parts import MOST_PHASES, MOST_TASKS, hidden_faults, job_faults
from bot.plan.validate_paths import (
    Closest,
    Tracked,
    nothing_close,
    order_faults,
    target_faults,
    writer_faults,
)


def load(
    text: str,
    known_checks: Collection[str],
    tracked: Tracked,
    *,
    where: str = "job.md",
    closest: Closest = nothing_close,
) -> Job:
    """Read and validate. Raises PlanError with the faults of form and of sense.

    `closest` finds what a path that is not there may have meant.
    In the job given back, `after` of a `bites` task also names what it must bite.
    """
    reading = read(text)
    refuse([*reading.faults, *_senseless(reading, known_checks, tracked, closest)], where)
    return explicit(reading.job)


def validate(job: Job, *, known_checks: Collection[str], tracked: Tracked) -> None:
    """Raise PlanError with every fault. `tracked` is asked for paths a plan may name only."""
    refuse([*hidden_faults(job), *_faults(job, known_checks, tracked)], "job.md")


def plan_hash(text: str) -> str:
    """SHA-256, in hex, of the plan's bytes: what an approval names."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _senseless(
    reading: Reading, known_checks: Collection[str], tracked: Tracked, closest: Closest
) -> Iterator[Fault]:
    if reading.job.title or reading.job.phases:
        yield from _faults(reading.job, known_checks, tracked, closest)


def _faults(
    job: Job, known_checks: Collection[str], tracked: Tracked, closest: Closest = nothing_close
) -> Iterator[Fault]:
    yield from job_faults(job, known_checks)
    ids = [task.id for task in job.tasks]
    if len(set(ids)) < len(ids) or len(ids) > MOST_PHASES * MOST_TASKS:
        return  # said above; who waits for whom is not clear, or too much to ask git about
    whole = explicit(job)
    yield from order_faults(whole)
    yield from writer_faults(whole)
    yield from target_faults(whole, tracked, closest)
