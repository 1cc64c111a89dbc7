"""What CI says of the commits of a repository, and what it tells when it does."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fake_github import show, show_ci
from fake_github.ci import (
    FAILED,
    Annotation,
    CheckRun,
    Job,
    Status,
    Suite,
    Workflow,
    WorkflowRun,
)
from fake_github.job_logs import PROCESS_FAILED, job_log
from fake_github.people import Refusal, Token, User

if TYPE_CHECKING:
    from fake_github.apps import App
    from fake_github.pulls import Pull
    from fake_github.repo import Repo


class Checks:
    def __init__(self, repo: "Repo") -> None:
        self.repo = repo
        self.suites: list[Suite] = []
        self.statuses: list[Status] = []
        self.workflows: list[Workflow] = []
        self.runs: list[WorkflowRun] = []
        self.looks_without_log = 1
        """How often the log of a job that has just ended is not there yet."""
        self.hold = False
        """New workflow runs wait for a person's approval, as a stranger's do."""

    @property
    def check_runs(self) -> list[CheckRun]:
        return [run for suite in self.suites for run in suite.runs]

    @property
    def jobs(self) -> list[Job]:
        return [job for run in self.runs for job in run.jobs]

    def workflow(
        self, name: str, path: str, jobs: tuple[str, ...] = ("test",), **more: Any
    ) -> Workflow:
        github = self.repo.github
        made = Workflow(github.new_id(), self.repo, name, path, jobs, github.clock.tick(), **more)
        self.workflows.append(made)
        return made

    def pushed(self, branch: str, old: str, new: str, by: User, token: Token | None) -> None:
        for app in self.repo.github.apps.values():
            if app.installed_on(self.repo) and app.permissions.get("checks"):
                suite = self.suite(app, new, branch, before=old)
                self._tell_suite(suite, "requested", by)
        if token is None or token.kind != "actions":
            # What GITHUB_TOKEN pushes starts no workflow, so that workflows cannot start themselves.
            for workflow in self.workflows:
                if workflow.on_push:
                    self.start(workflow, new, branch, by, "push", held=self.hold)

    def pull_opened(self, pull: "Pull", by: User, token: Token | None) -> None:
        """A fork's push starts nothing here; its pull request does, once a person lets it."""
        if pull.from_fork and (token is None or token.kind != "actions"):
            for workflow in self.workflows:
                if workflow.on_push:
                    self.start(
                        workflow, pull.head_sha, pull.head_ref, by, "pull_request", held=True
                    )
        self.pull_changed(pull, by, token)

    def pull_changed(self, pull: "Pull", by: User, token: Token | None) -> None:
        """Workflows for `pull_request` run on the merge with the base: on a conflict none starts.

        https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request
        """
        begun = [workflow for workflow in self.workflows if workflow.on_pull]
        is_silent = token is not None and token.kind == "actions"
        if not begun or pull.from_fork or is_silent or pull.conflicts:
            return
        for workflow in begun:
            self.start(workflow, pull.head_sha, pull.head_ref, by, "pull_request")

    def suite(self, app: "App", sha: str, branch: str | None = None, before: str = "") -> Suite:
        for old in self.suites:
            if old.app is app and old.sha == sha:
                return old
        at = self.repo.github.clock.tick()
        branch = branch or self._branch(sha)
        made = Suite(
            self.repo.github.new_id(), self.repo, app, sha, branch, before or "0" * 40, at, at
        )
        self.suites.append(made)
        return made

    def _branch(self, sha: str) -> str | None:
        heads = {
            ref: one for ref, one in self.repo.git.refs().items() if ref.startswith("refs/heads/")
        }
        return next(
            (ref.removeprefix("refs/heads/") for ref, one in heads.items() if one == sha), None
        )

    def start(
        self,
        workflow: Workflow,
        sha: str,
        branch: str | None,
        by: User,
        event: str,
        *,
        held: bool = False,
    ) -> WorkflowRun:
        github = self.repo.github
        at = github.clock.tick()
        number = 1 + sum(run.workflow is workflow for run in self.runs)
        suite = Suite(
            github.new_id(), self.repo, github.actions, sha, branch, "0" * 40, at, at, held=held
        )
        run = WorkflowRun(github.new_id(), number, workflow, suite, event, by, at, at)
        self.suites.append(suite)
        self.runs.append(run)
        for name in () if held else workflow.jobs:
            check = self.add_run(suite, name, by)
            run.jobs.append(Job(check, run))
        self._tell_run(run, "completed" if held else "requested", by)
        return run

    def add_run(self, suite: Suite, name: str, by: User, **more: Any) -> CheckRun:
        at = self.repo.github.clock.tick()
        made = CheckRun(self.repo.github.new_id(), suite, name, at, **more)
        suite.runs.append(made)
        suite.updated = at
        self.tell_check(made, "created", by)
        return made

    def change_run(self, run: CheckRun, by: User, **fields: Any) -> None:
        for name, value in fields.items():
            setattr(run, name, value)
        at = self.repo.github.clock.tick()
        run.suite.updated = at
        if run.conclusion is not None:
            run.status, run.completed = "completed", run.completed or at
        elif run.status != "completed":
            run.completed = None
        if run.status == "completed":
            self.tell_check(run, "completed", by)

    def finish(self, sha: str, conclusion: str, *, log: str | bytes, name: str) -> Job:
        """One job of Actions ends. It is begun first where no push began it.

        `log` is what its step printed; bytes are the log as it is served.
        """
        job = self.begun(sha, name)
        failed = conclusion == "failure"
        job.log = log if isinstance(log, bytes) else job_log(name, log, failed=failed)
        job.looks_without_log = self.looks_without_log
        if failed:
            # Actions says so of each job, at a path that is no file.
            job.check.annotations.append(Annotation(".github", 1, PROCESS_FAILED))
        by, run = job.run.actor, job.run
        self.change_run(job.check, by, conclusion=conclusion)
        run.updated = job.check.completed or run.updated
        shown = show_ci.job(job)
        self.repo.tell("workflow_job", by, action="completed", workflow_job=shown)
        if run.suite.status == "completed":
            self._tell_suite(run.suite, "completed", by)
            self._tell_run(run, "completed", by)
        return job

    def begun(self, sha: str, name: str) -> Job:
        """The job of that name, running: the one a push began, the last one again, or a new one."""
        known = [job for job in self.jobs if job.check.sha == sha and job.check.name == name]
        job = known[-1] if known else self._new_job(sha, name)
        if job.check.status == "completed":
            job = self._again(job)
        job.check.status = "in_progress"
        return job

    def _new_job(self, sha: str, name: str) -> Job:
        workflow = next((one for one in self.workflows if name in one.jobs), None)
        path = f".github/workflows/{name}.yml"
        workflow = workflow or self.workflow(name, path, (name,), on_push=False)
        run = self.start(workflow, sha, self._branch(sha), self.repo.owner, "push")
        return next(job for job in run.jobs if job.check.name == name)

    def _again(self, job: Job) -> Job:
        check = self.add_run(job.run.suite, job.check.name, job.run.actor)
        job.run.attempt = job.attempt + 1
        made = Job(check, job.run, job.run.attempt)
        job.run.jobs.append(made)
        return made

    def rerun_failed(self, run: WorkflowRun, by: User) -> None:
        """Another attempt of the same run: its failed jobs get new check runs, the others stay.

        https://docs.github.com/en/actions/how-tos/manage-workflow-runs/re-run-workflows-and-jobs
        """
        if run.suite.status != "completed":
            raise Refusal(403, "This workflow is already running")
        failed = [job for job in run.latest() if job.check.conclusion in FAILED]
        if not failed:
            raise Refusal(403, "The workflow run has no failed jobs to re-run")
        run.suite.ended = ""
        run.attempt += 1
        for job in failed:
            check = self.add_run(run.suite, job.check.name, by)
            run.jobs.append(Job(check, run, run.attempt))
        self._tell_run(run, "requested", by)

    def cancel(self, run: WorkflowRun) -> None:
        """What has not ended is cancelled, as by a newer run of the same concurrency group.

        https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency
        """
        with self.repo.github.change():
            open_ = [job for job in run.latest() if job.check.status != "completed"]
            for job in open_:
                self.change_run(job.check, run.actor, conclusion="cancelled")
            if not run.jobs:
                run.suite.ended = "cancelled"
            self._tell_run(run, "completed", run.actor)

    def outside(
        self, sha: str, name: str, conclusion: str | None, slug: str = "other-ci"
    ) -> CheckRun:
        """A check run of somebody else's App; not ended while there is no conclusion."""
        with self.repo.github.change():
            app = self.repo.github.foreign_app(slug)
            run = self.add_run(self.suite(app, sha), name, app.bot)
            if conclusion is not None:
                self.change_run(run, app.bot, conclusion=conclusion)
            return run

    def rerequest(self, run: CheckRun, by: User) -> None:
        """The "Re-run" button of a check run: its App hears of it."""
        with self.repo.github.change():
            self.tell_check(run, "rerequested", by)

    def set_status(
        self, sha: str, by: User, state: str, context: str = "default", **more: Any
    ) -> Status:
        with self.repo.github.change():
            github = self.repo.github
            if state not in {"error", "failure", "pending", "success"}:
                raise Refusal(422, "Validation Failed", show.wrong("Status", "state", "invalid"))
            said, url = more.get("description"), more.get("target_url")
            made = Status(github.new_id(), sha, state, context, said, url, by, github.clock.tick())
            self.statuses.append(made)
            self.repo.tell("status", by, **show_ci.status_told(self.repo, made))
            return made

    def latest_statuses(self, sha: str) -> list[Status]:
        latest = {one.context: one for one in self.statuses if one.sha == sha}
        return list(latest.values())

    def settings(self) -> Mapping[str, Any]:
        return {
            "default_workflow_permissions": self.repo.workflow_permissions,
            "can_approve_pull_request_reviews": self.repo.actions_may_open_pulls,
        }

    def tell_check(self, run: CheckRun, action: str, by: User) -> None:
        self.repo.tell("check_run", by, action=action, check_run=show_ci.check_run(run))

    def _tell_suite(self, suite: Suite, action: str, by: User) -> None:
        self.repo.tell("check_suite", by, action=action, check_suite=show_ci.suite_told(suite))

    def _tell_run(self, run: WorkflowRun, action: str, by: User) -> None:
        shown = {
            "workflow": show_ci.workflow(run.workflow),
            "workflow_run": show_ci.workflow_run(run),
        }
        self.repo.tell("workflow_run", by, action=action, **shown)
