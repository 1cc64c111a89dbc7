"""Everything that one job's run needs on this machine, gathered once."""

import functools
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.coaching.surprises import KnownNames
from bot.commit_trailers import made_by_job
from bot.config.machine import Settings
from bot.config.repository import RepoConfig
from bot.evaluation.choose_start import StartTable
from bot.git.checkout import checkout_tree
from bot.git.repo import Repo
from bot.plan import Check, Job, Task, add_tasks, format_check
from bot.text.secrets import collect_credentials, redact
from runners import evidence
from runners.activities import Activities
from runners.build.branch_log import BranchLog
from runners.build.job_record import JobRecord
from runners.build.lanes import Lanes, OpenLane
from runners.build.load_plan import CheckedPlan, RunRequest
from runners.build.task_keys import is_ours
from runners.checks.check import run_check
from runners.checks.git_source import GitSource
from runners.checks.known_verdicts import KnownVerdicts
from runners.checks.verdict import Verdict
from runners.evidence import run_evidence_folder
from runners.metered_models import CallMeter
from runners.model_outages import ModelOutages
from runners.progress import Report
from runners.sandbox import Prepared, Sandbox
from runners.sandbox.thread_commands import hear_output, stop_when
from runners.server_windows import ServerWindows

if TYPE_CHECKING:
    from bot.storage.evidence import EvidenceStore
    from bot.storage.surprises import SurpriseStore

JOB_BASE, JOB_GATE, JOB_HELD_BACK = "job.base-1", "job.gate-1", "job.held-back-1"
"""Files of evidence: no task can have such a name."""
JOB_UNION = "job.union"
"""The same, with a number: the checks of what several tasks of a phase made, taken together."""


# A commit never changes what it holds: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
@functools.lru_cache(maxsize=4)
def _list_paths(repo: Repo, commit: str) -> tuple[str, ...]:
    return tuple(repo.list_entries(commit))


def list_check_outputs(verdicts: Sequence[Verdict]) -> list[tuple[str, str]]:
    """As parts of evidence, whole."""
    return [(f"check {each.check.label}: {each.why}", each.output) for each in verdicts]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobContext:
    """`folder` is the job's own, in the state dir; `setup` the cache that checks see read-only.

    `only` are the ids of the tasks to do, empty for all. `keys` are those of `task_keys`, by task:
    commits of an earlier form of the plan are kept by them; a ticket's rounds have none.
    `former_id` is what release 0.1 called a ticket's job; empty for any other.
    `start_table` is what was measured of the tiers, where that decides who begins a task.
    `log` knows what stands on the branch, `known` how checks ended on trees that tasks start from.
    """

    request: RunRequest
    plan: CheckedPlan
    record: JobRecord
    settings: Settings
    sandbox: Sandbox
    folder: Path
    lanes: Lanes
    meter: CallMeter
    outages: ModelOutages
    windows: ServerWindows
    report: Report
    log: BranchLog
    activities: Activities = field(default_factory=Activities)
    setup: Prepared | None = None
    evidence_store: "EvidenceStore | None" = None
    only: frozenset[str] = frozenset()
    keys: Mapping[str, str] = field(default_factory=dict)
    former_id: str = ""
    known: KnownVerdicts = field(default_factory=KnownVerdicts)
    start_table: StartTable | None = None
    surprises: "SurpriseStore | None" = None

    @property
    def job_id(self) -> str:
        return self.record.row.id

    @property
    def branch(self) -> str:
        return self.record.row.branch

    @property
    def repo(self) -> Repo:
        return self.plan.repo

    @property
    def job(self) -> Job:
        return self.plan.job

    @property
    def base(self) -> str:
        """The commit the job was pinned to."""
        return self.plan.base

    @property
    def config(self) -> RepoConfig:
        return self.plan.config

    def is_ours(self, message: str) -> bool:
        """Whether a commit was made for this plan, or counts for it as it stands."""
        ours = is_ours(message, self.job_id, self.keys)
        return ours or made_by_job(message, self.former_id)

    def find_key(self, task: Task) -> str:
        """The task's key; empty for a part of one, or what an epoch added."""
        known = next((each for each in self.plan.job.tasks if each.id == task.id), None)
        return self.keys.get(task.id, "") if known == task else ""

    def find_task(self, task_id: str) -> Task:
        return next(task for task in self.job.tasks if task.id == task_id)

    def find_phase(self, task_id: str) -> int:
        """The number, from 0, of the phase that a task is in."""
        phases = enumerate(self.job.phases)
        return next(n for n, phase in phases if task_id in {task.id for task in phase.tasks})

    def list_known_names(self) -> KnownNames:
        """Files and checks that people have merged."""
        return KnownNames(_list_paths(self.repo, self.plan.rules), tuple(self.config.checks))

    def with_tasks(self, number: int, tasks: Sequence[Task]) -> "JobContext":
        """The same while phase `number`, from 0, has further tasks; they are to be done."""
        if not tasks:
            return self
        plan = replace(self.plan, job=add_tasks(self.job, number, tasks))
        only = self.only | {task.id for task in tasks} if self.only else self.only
        return replace(self, plan=plan, only=only)

    def checkout_tree(self, lane: OpenLane, tree: str) -> Path:
        """Make the lane's folder hold exactly `tree`, and return it.

        Each lane has an index of its own: two checkouts at a time would fight over one.
        https://git-scm.com/docs/git#Documentation/git.txt-GITINDEXFILE
        """
        folder = lane.folder / "tree"
        checkout_tree(self.repo, tree, folder, lane.folder / "index")
        return folder

    def run_check(self, check: Check, folder: Path, makes: Collection[str] = ()) -> Verdict:
        """Run one check on a checkout. `makes` are paths whose absence is no fault yet."""
        # A ticket's plan stands in the history of its branch.
        bare, index = bool(self.job.hidden), folder.parent / "index"
        source = GitSource(self.repo, self.base, index, self.folder, without_history=bare)
        lane = folder.parent.name
        with self.activities.begin("check", check.label, lane=lane) as running:
            with hear_output(running.hear_output):
                verdict = run_check(
                    check,
                    self.config,
                    folder,
                    self.sandbox,
                    prepared=self.setup,
                    makes=makes,
                    source=source,
                )
            running.end(verdict.why)
        return verdict

    @property
    def evidence_folder(self) -> Path:
        """The folder with the prompt, reply and outcome of each attempt of this run."""
        return run_evidence_folder(self.folder, self.record.row.run)

    def run_base_checks(
        self, checks: Sequence[Check], lane: OpenLane, tree: str, makes: Collection[str]
    ) -> Iterator[Verdict]:
        """Run them on a tree that tasks start from, each once for all that start there.

        Others may wait for how they end, so nobody's loss stops them.
        """
        # Checked out only where something is not known yet.
        folder = functools.cache(lambda: self.checkout_tree(lane, tree))
        for check in checks:
            with stop_when(lambda: False):
                verdict = self.known.find_verdict(
                    (tree, format_check(check)),
                    functools.partial(lambda c: self.run_check(c, folder(), makes), check),
                )
            yield verdict

    def keep_checks(self, name: str, verdicts: Sequence[Verdict]) -> None:
        """Write all that these checks printed; what was written under the name before is replaced.

        `name` is a task's and 0, for the checks before anything is done, or JOB_BASE, JOB_GATE or
        JOB_HELD_BACK.
        """
        self.keep_evidence(name, list_check_outputs(verdicts))

    def keep_evidence(self, name: str, parts: Sequence[tuple[str, str]]) -> Path:
        """Write an attempt's texts to one file, whole or not at all, and return its path.

        Of an issue's job to the database too, where other machines and pages find it.
        """
        text = evidence.format_evidence(parts)
        path = evidence.write_evidence(self.evidence_folder, name, text)
        if self.evidence_store:
            safe = redact(text, collect_credentials(os.environ))
            self.evidence_store.keep(self.job_id, self.record.row.run, name, safe)
        return path
