"""Which of all the checks on a commit counts under each name, and what state it is in. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.github.types import CheckRun, Checks, Status, WorkflowRun

State = Literal[
    "good",
    "running",  # on a runner, or on its way there: it ends by itself
    "pending",  # an App or a service says "not yet", maybe for ever
    "environment",  # a job that waits for a person to approve its environment
    "approval",  # a workflow run that waits for "Approve and run"
    "asks",  # `action_required`: only a person can do what is asked
    "cancelled",
    "stale",
    "unstarted",  # a workflow that failed before it had a job
    "failed",  # a job of Actions, which has a log
    "no_log",  # red, and nothing of it can be read here
]
# GitHub too lets a pull request with these be merged where the check is required:
# https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/about-status-checks
_GOOD = frozenset({"success", "neutral", "skipped"})
_ENDS: Mapping[str, State] = {
    "action_required": "asks",
    "cancelled": "cancelled",
    "stale": "stale",
    "startup_failure": "unstarted",
}
# https://docs.github.com/en/rest/checks/runs
_HELD = frozenset({"waiting", "queued", "pending", "requested"})
_OPEN_STATES: frozenset[State] = frozenset({"running", "pending", "environment", "approval"})


@dataclass(frozen=True, slots=True)
class Check:
    """One check as it stands now. `words` is what its maker says of it, anybody's words.

    `workflow` is the run it belongs to, where it is a job of Actions and the runs may be read.
    """

    name: str
    state: State
    url: str = ""
    words: str = ""
    run: CheckRun | None = None
    workflow: WorkflowRun | None = None

    @property
    def app(self) -> int:
        return self.run.app if self.run else 0

    @property
    def key(self) -> tuple[int, str, str]:
        """The same for the same check on another commit: App, workflow and name.

        Two workflows may have a job of the same name, and neither stands for the other:
        https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/troubleshooting-required-status-checks
        """
        kind = "" if self.run else "workflow " if self.workflow else "status "
        return (self.app, f"{kind}{self.workflow.path if self.workflow else ''}", self.name)

    @property
    def is_open(self) -> bool:
        return self.state in _OPEN_STATES


def list_newest(checks: Checks) -> tuple[Check, ...]:
    """Of each name, by App and workflow, the newest; workflows only where no job speaks for them.

    A commit that is pushed and has a pull request may have two runs of one workflow, of which a
    concurrency group cancels the older: https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency
    """
    by_suite = {workflow.suite: workflow for workflow in checks.workflows}
    newest: dict[tuple[int, str, str], Check] = {}
    for run in sorted(checks.runs, key=lambda run: run.id):
        check = _read_run(run, by_suite.get(run.suite) if run.suite else None)
        before = newest.get(check.key)
        if before is None or _stands_for(check, before):
            newest[check.key] = check
    jobs = tuple(newest.values())
    return (*jobs, *map(_read_status, checks.statuses), *_read_workflows(checks, jobs))


def _stands_for(newer: Check, older: Check) -> bool:
    """A job that was skipped, for the event was another one, says nothing of one that ran."""
    skipped = newer.run is not None and newer.run.conclusion == "skipped"
    return not skipped or older.state in {"good", "cancelled", "stale"}


def _read_run(run: CheckRun, workflow: WorkflowRun | None) -> Check:
    return Check(run.name, _state_of_run(run, workflow), run.url, run.title, run, workflow)


def _state_of_run(run: CheckRun, workflow: WorkflowRun | None) -> State:
    # A check run has a conclusion only once its status is `completed`:
    # https://docs.github.com/en/rest/checks/runs
    if run.status != "completed":
        if not run.job:
            return "pending"
        held = workflow is not None and workflow.status == "waiting" and run.status in _HELD
        return "environment" if held or run.status == "waiting" else "running"
    if run.conclusion in _GOOD:
        return "good"
    return _ENDS.get(run.conclusion) or ("failed" if run.job else "no_log")


def _read_status(status: Status) -> Check:
    """Of commit statuses, the older of GitHub's two ways to report; these are the newest already.

    https://docs.github.com/en/rest/commits/statuses
    """
    states: Mapping[str, State] = {"success": "good", "pending": "pending"}
    state = states.get(status.state, "no_log")
    return Check(status.context, state, status.url, status.description)


def _read_workflows(checks: Checks, jobs: Iterable[Check]) -> Iterator[Check]:
    """The newest run of each workflow, where its jobs do not say how it is."""
    newest = {run.path or run.name: run for run in sorted(checks.workflows, key=lambda w: w.id)}
    with_jobs = {job.run.suite for job in jobs if job.run}
    waiting = {job.run.suite for job in jobs if job.run and job.is_open}
    for run in newest.values():
        state = _state_of_workflow(run, has_jobs=run.suite in with_jobs)
        # One that waits or runs is told by its jobs; between two jobs it is open by itself.
        if state != "good" and not (run.suite in waiting and state in _OPEN_STATES):
            yield Check(run.name, state, run.url, workflow=run)


def _state_of_workflow(run: WorkflowRun, *, has_jobs: bool) -> State:
    if run.status != "completed":
        # Jobs are created as a workflow goes on, so it may be open while all of its checks are
        # done: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
        return "environment" if run.status == "waiting" else "running"
    # https://docs.github.com/en/actions/managing-workflow-runs/approving-workflow-runs-from-public-forks
    if run.conclusion == "action_required":
        return "approval"
    if has_jobs or run.conclusion in _GOOD:
        return "good"
    # A workflow whose file cannot be read has no job:
    # https://github.com/orgs/community/discussions/209847
    return "cancelled" if run.conclusion == "cancelled" else "unstarted"
