"""Operations on GitHub Actions: workflows, their runs, jobs and logs."""

from typing import Any

from fake_github import show_ci
from fake_github.calls import Answer, Call, created, operation
from fake_github.ci import Job, Workflow, WorkflowRun
from fake_github.people import Refusal
from fake_github.repo import Repo

REPO = "/repos/{owner}/{repo}"


@operation("GET", REPO + "/actions/runs")
def runs(call: Call) -> Any:
    repo, query = call.need("actions", "read"), call.query
    found = [
        run
        for run in reversed(repo.checks.runs)
        if query.get("head_sha") in {None, run.suite.sha}
        and query.get("branch") in {None, run.suite.branch}
        and query.get("event") in {None, run.event}
        and query.get("status") in {None, run.suite.status, run.suite.conclusion}
    ]
    return {
        "total_count": len(found),
        "workflow_runs": [show_ci.workflow_run(run) for run in found],
    }


@operation("GET", REPO + "/actions/runs/{run_id}")
def workflow_run(call: Call, run_id: int) -> Any:
    return show_ci.workflow_run(_workflow_run(call, run_id))


@operation("GET", REPO + "/actions/runs/{run_id}/jobs")
def jobs(call: Call, run_id: int) -> Any:
    found = [show_ci.job(job) for job in _jobs(call, run_id)]
    return {"total_count": len(found), "jobs": found}


def _jobs(call: Call, run_id: int) -> list[Job]:
    run = _workflow_run(call, run_id)
    return run.jobs if call.query.get("filter") == "all" else run.latest()


def _workflow_run(call: Call, number: int) -> WorkflowRun:
    for one in call.need("actions", "read").checks.runs:
        if one.id == number:
            return one
    raise Refusal(404, "Not Found")


@operation("POST", REPO + "/actions/runs/{run_id}/rerun-failed-jobs")
def rerun_failed_jobs(call: Call, run_id: int) -> Answer:
    repo = call.need("actions", role="write")
    with repo.github.change():
        repo.checks.rerun_failed(_workflow_run(call, run_id), call.actor)
    return created({})


@operation("GET", REPO + "/actions/jobs/{job_id}")
def job(call: Call, job_id: int) -> Any:
    return show_ci.job(_job(call, job_id))


@operation("GET", REPO + "/actions/jobs/{job_id}/logs")
def logs(call: Call, job_id: int) -> Answer:
    """The log is on another host, which takes no token."""
    if call.token is None:
        raise Refusal(403, "Must have admin rights to Repository.")
    one = _job(call, job_id)
    if one.check.status != "completed":
        raise Refusal(404, "Not Found")
    if one.expired:
        raise Refusal(410, "Server Error")
    return Answer(302, headers={"Location": call.github.log_url(one)}, raw=b"")


def _job(call: Call, number: int) -> Job:
    for one in call.need("actions", "read").checks.jobs:
        if one.check.id == number:
            return one
    raise Refusal(404, "Not Found")


@operation("GET", REPO + "/actions/workflows")
def workflows(call: Call) -> Any:
    found = [show_ci.workflow(one) for one in call.need("actions", "read").checks.workflows]
    return {"total_count": len(found), "workflows": found}


@operation("GET", REPO + "/actions/workflows/{workflow_id}")
def workflow(call: Call, workflow_id: str) -> Any:
    return show_ci.workflow(_workflow(call.need("actions", "read"), workflow_id))


@operation("POST", REPO + "/actions/workflows/{workflow_id}/dispatches")
def dispatch(call: Call, workflow_id: str) -> None:
    """The one way for GITHUB_TOKEN to start a workflow."""
    repo = call.need("actions", role="write")
    one = _workflow(repo, workflow_id)
    ref = call.required("ref", "WorkflowDispatch")
    sha = repo.git.sha(ref.removeprefix("refs/heads/"))
    if not sha:
        raise Refusal(422, f"No ref found for: {ref}")
    # These words are met in reports of users: https://github.com/cli/cli/issues?q=workflow_dispatch
    if one.state != "active":
        raise Refusal(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow")
    if not one.dispatchable:
        raise Refusal(422, "Workflow does not have 'workflow_dispatch' trigger")
    missing = [name for name in one.required_inputs if name not in call.given("inputs", {})]
    if missing:
        raise Refusal(422, f"Required input '{missing[0]}' not provided")
    with repo.github.change():
        repo.checks.start(
            one, sha, ref.removeprefix("refs/heads/"), call.actor, "workflow_dispatch"
        )


def _workflow(repo: Repo, name: str) -> Workflow:
    for one in repo.checks.workflows:
        if name in {str(one.id), one.path.rsplit("/", 1)[-1]}:
            return one
    raise Refusal(404, "Not Found")


@operation("GET", REPO + "/actions/permissions/workflow")
def workflow_permissions(call: Call) -> Any:
    repo = call.need("administration", "read")
    if not repo.may(call.actor, "admin") and (call.token is None or call.token.app is None):
        raise Refusal(403, "Must have admin rights to Repository.")
    return repo.checks.settings()


@operation("GET", REPO + "/actions/permissions")
def permissions(call: Call) -> Any:
    call.need("administration", "read")
    return {"enabled": True, "allowed_actions": "all"}
