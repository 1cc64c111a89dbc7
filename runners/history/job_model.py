"""A job as a person sees it afterwards: of the command line, or of an issue."""

from dataclasses import dataclass
from pathlib import Path

from bot.job_states import JobState
from bot.storage.jobs import JobRow
from bot.ticket.model import Ticket
from bot.ticket.situation import Situation
from runners.history.last_run import NO_RUN, LastRun


@dataclass(frozen=True, slots=True)
class JobSummary:
    """`id` is a job's, or an issue's name: acme/bank#12. `state` says it in words.

    `done` of `total` tasks passed, by the newest run; `began` is when that did, in seconds since
    1970. `tokens` and `cost` are of all runs; a cost is in the currency of the tiers' prices.
    """

    id: str
    title: str
    situation: Situation
    state: str
    repo: str
    branch: str
    began: float
    done: int = 0
    total: int = 0
    tokens: int = 0
    cost: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True)
class LocalJob:
    """A job of `bricklayer run`, or one build of an issue's. `folder` is its own.

    `holder` is the process that builds it now, 0 for none.
    """

    row: JobRow
    folder: Path
    last_run: LastRun = NO_RUN
    holder: int = 0

    @property
    def left(self) -> tuple[str, ...]:
        """Tasks that a run which passed was not asked for, as with `--only`."""
        found = self.last_run.result.get("left")
        left = found if self.row.state == JobState.PASSED and isinstance(found, list) else []
        return tuple(map(str, left))


@dataclass(frozen=True, slots=True)
class TicketJob:
    """An issue's job; `builds` are the jobs that were built for it, the newest first."""

    ticket: Ticket
    builds: tuple[LocalJob, ...] = ()


AnyJob = LocalJob | TicketJob
