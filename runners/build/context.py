"""A building site: everything one job's run needs on this machine, gathered once."""

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.coaching.notes import Note
from bot.config.machine import Settings
from bot.config.repository import RepoConfig
from bot.git.command import BRICKLAYER, Signature
from bot.git.repo import Repo
from bot.job_states import JobEvent
from bot.plan import Check, Job, Task, add_tasks
from runners import evidence
from runners.build.budget import Meter
from runners.build.lanes import Lanes, OpenLane
from runners.checks.check import Verdict, run_check
from runners.progress import Report
from runners.sandbox import Prepared, Sandbox


@dataclass(frozen=True, slots=True)
class JobContext:
    """`base` is the commit the job was pinned to; `folder` is the job's own, in the state dir.

    `move` writes down where the job is now, for people to see.
    `setup` is the cache that checks see read-only; `only` the tasks to do, empty for all;
    `notes` are lessons that are in no commit yet; `by` signs the commits,
    whose messages say `aim` where there is one.
    """

    id: str
    repo: Repo
    job: Job
    base: str
    branch: str
    config: RepoConfig
    settings: Settings
    sandbox: Sandbox
    folder: Path
    lanes: Lanes
    meter: Meter
    report: Report
    record_event: Callable[[JobEvent], None]
    setup: Prepared | None = None
    only: frozenset[str] = frozenset()
    notes: tuple[Note, ...] = ()
    by: Signature = BRICKLAYER
    aim: str = ""
    branch_lock: threading.Lock = field(default_factory=threading.Lock)

    def find_task(self, name: str) -> Task:
        return next(task for task in self.job.tasks if task.id == name)

    def find_phase(self, name: str) -> int:
        """The number, from 0, of the phase that a task is in."""
        phases = enumerate(self.job.phases)
        return next(n for n, phase in phases if name in {task.id for task in phase.tasks})

    def with_tasks(self, number: int, tasks: Sequence[Task]) -> "JobContext":
        """The same site while phase `number`, from 0, has further tasks; they are to be done."""
        if not tasks:
            return self
        only = self.only | {task.id for task in tasks} if self.only else self.only
        return replace(self, job=add_tasks(self.job, number, tasks), only=only)

    def checkout_tree(self, lane: OpenLane, tree: str) -> Path:
        """Hold exactly `tree` in the lane's folder, whatever was there before."""
        folder = lane.folder / "tree"
        self.repo.checkout(tree, folder, lane.folder / "index")
        return folder

    def run_check(self, check: Check, folder: Path, makes: Collection[str] = ()) -> Verdict:
        """Run one check on a checkout. `makes` are paths whose absence is no fault yet."""
        return run_check(check, self.config, folder, self.sandbox, prepared=self.setup, makes=makes)

    def keep_evidence(self, name: str, parts: Sequence[tuple[str, str]]) -> None:
        """Write what an attempt saw and said where a person can read it, whole or not at all."""
        evidence.keep(self.folder / "evidence", name, parts)
