"""Checks, statuses and workflow runs of a repository: what CI says of a commit."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fake_github.people import User

if TYPE_CHECKING:
    from fake_github.apps import App
    from fake_github.repo import Repo

CONCLUSIONS = {"green": "success", "red": "failure"}
WORST = (
    *("startup_failure", "failure", "timed_out", "cancelled", "stale", "action_required"),
    *("success", "neutral", "skipped"),
)
FAILED = frozenset({"failure", "timed_out", "cancelled", "startup_failure"})
"""What "Re-run failed jobs" runs again."""


@dataclass(eq=False)
class Suite:
    id: int
    repo: "Repo"
    app: "App"
    sha: str
    branch: str | None
    before: str
    created: str
    updated: str
    runs: list["CheckRun"] = field(default_factory=list)
    held: bool = False
    ended: str = ""
    """How it ended without a job: `startup_failure`, `cancelled` or `skipped`."""

    def latest(self) -> list["CheckRun"]:
        """The last of each name: one that was run again stands for the one before."""
        return list({run.name: run for run in self.runs}.values())

    @property
    def status(self) -> str:
        """An App's suite without a run stays queued for ever: nobody should wait for it."""
        runs = self.latest()
        if self.held or self.ended or (runs and all(run.status == "completed" for run in runs)):
            return "completed"
        going = {run.status for run in runs if run.status != "completed"}
        if going == {"waiting"}:
            return "waiting"
        return "in_progress" if any(run.status != "queued" for run in runs) else "queued"

    @property
    def conclusion(self) -> str | None:
        if self.held:
            return "action_required"
        if self.ended:
            return self.ended
        said = [run.conclusion for run in self.latest() if run.conclusion]
        return min(said, key=WORST.index) if self.status == "completed" else None


@dataclass(eq=False)
class CheckRun:
    id: int
    suite: Suite
    name: str
    started: str
    status: str = "queued"
    conclusion: str | None = None
    completed: str | None = None
    details_url: str | None = None
    external_id: str = ""
    output: dict[str, str | None] = field(default_factory=dict)
    annotations: list["Annotation"] = field(default_factory=list)

    @property
    def sha(self) -> str:
        return self.suite.sha


@dataclass(frozen=True)
class Annotation:
    path: str
    line: int
    message: str
    level: str = "failure"
    title: str | None = None


@dataclass(eq=False)
class Status:
    id: int
    sha: str
    state: str
    context: str
    description: str | None
    target_url: str | None
    creator: User
    created: str


@dataclass(eq=False)
class Workflow:
    id: int
    repo: "Repo"
    name: str
    path: str
    jobs: tuple[str, ...]
    created: str
    state: str = "active"
    dispatchable: bool = False
    on_push: bool = True
    on_pull: bool = False
    required_inputs: tuple[str, ...] = ()


@dataclass(eq=False)
class Job:
    """A job of Actions: its id is its check run's."""

    check: CheckRun
    run: "WorkflowRun"
    attempt: int = 1
    log: bytes = b""
    looks_without_log: int = 0
    """Of its log, until it is there: GitHub has it some seconds after the end."""
    expired: bool = False


@dataclass(eq=False)
class WorkflowRun:
    id: int
    number: int
    workflow: Workflow
    suite: Suite
    event: str
    actor: User
    created: str
    updated: str
    jobs: list[Job] = field(default_factory=list)
    attempt: int = 1

    def latest(self) -> list[Job]:
        return list({job.check.name: job for job in self.jobs}.values())
