"""Operations on checks, statuses and GitHub Actions."""

from typing import Any

import github_show as show
import github_show_ci as show_ci
from github_calls import Answer, Call, created, operation
from github_ci import CheckRun, Job, Suite, Workflow, WorkflowRun
from github_people import Refusal
from github_repo import Repo

REPO = "/repos/{owner}/{repo}"
FIELDS = (
    "name",
    "status",
    "conclusion",
    "details_url",
    "external_id",
    "started_at",
    "completed_at",
    "output",
)


def _sha(repo: Repo, ref: str) -> str:
    sha = repo.git.sha(ref)
    if not sha:
        raise Refusal(422, f"No commit found for SHA: {ref}")
    return sha


@operation("GET", REPO + "/commits/{ref}/check-runs")
def check_runs(call: Call, ref: str) -> Any:
    """The latest run of each name in each suite, unless `filter=all`."""
    repo = call.need("checks", "read")
    sha, query = _sha(repo, ref), call.query
    runs = [
        run
        for suite in repo.checks.suites
        if suite.sha == sha
        for run in _latest(suite, query.get("filter"))
    ]
    for name in ("status", "check_name", "app_id"):
        if name in query:
            runs = [run for run in runs if str(_asked(run, name)) == query[name]]
    runs.sort(key=lambda run: run.id, reverse=True)
    return {"total_count": len(runs), "check_runs": [show_ci.check_run(run) for run in runs]}


def _latest(suite: Suite, which: str | None) -> list[CheckRun]:
    return suite.runs if which == "all" else list({run.name: run for run in suite.runs}.values())


def _asked(run: CheckRun, name: str) -> object:
    return {"status": run.status, "check_name": run.name, "app_id": run.suite.app.id}[name]


@operation("GET", REPO + "/commits/{ref}/check-suites")
def check_suites(call: Call, ref: str) -> Any:
    repo = call.need("checks", "read")
    sha = _sha(repo, ref)
    suites = [show_ci.suite(one) for one in repo.checks.suites if one.sha == sha]
    return {"total_count": len(suites), "check_suites": suites}


@operation("POST", REPO + "/check-runs")
def add_check_run(call: Call) -> Answer:
    repo = call.need("checks")
    if call.token is None or call.token.app is None:
        raise Refusal(403, "You must authenticate via a GitHub App.")
    name, sha = call.required("name", "CheckRun"), call.required("head_sha", "CheckRun")
    with repo.github.change():
        suite = repo.checks.suite(call.token.app, _sha(repo, sha))
        made = repo.checks.add_run(suite, name, call.actor)
        _change(call, repo, made)
    return created(show_ci.check_run(made))


@operation("GET", REPO + "/check-runs/{check_run_id}")
def check_run(call: Call, check_run_id: int) -> Any:
    return show_ci.check_run(_run(call.need("checks", "read"), check_run_id))


@operation("PATCH", REPO + "/check-runs/{check_run_id}")
def edit_check_run(call: Call, check_run_id: int) -> Any:
    repo = call.need("checks")
    one = _run(repo, check_run_id)
    if call.token is None or call.token.app is not one.suite.app:
        raise Refusal(
            403,
            "Invalid app_id `{}` - check run can only be modified by the GitHub App that created it.",
        )
    with repo.github.change():
        _change(call, repo, one)
    return show_ci.check_run(one)


def _change(call: Call, repo: Repo, run: CheckRun) -> None:
    names = {"started_at": "started", "completed_at": "completed"}
    given = {
        names.get(name, name): call.given(name) for name in FIELDS if call.given(name) is not None
    }
    if given.get("status") == "completed" and not given.get("conclusion"):
        raise Refusal(422, "Invalid request.", 'Missing required key "conclusion".')
    output = given.get("output")
    if output is not None and ("title" not in output or "summary" not in output):
        raise Refusal(
            422, "Invalid request.", '"title" and "summary" weren\'t supplied in "output".'
        )
    if output is not None and len(output["summary"].encode()) > 65535:
        raise Refusal(
            422, "Invalid request.", "Only 65535 characters are allowed; summary is too long."
        )
    repo.checks.change_run(run, call.actor, **given)


def _run(repo: Repo, number: int) -> CheckRun:
    for one in repo.checks.check_runs:
        if one.id == number:
            return one
    raise Refusal(404, "Not Found")


@operation("GET", REPO + "/commits/{ref}/status")
def combined(call: Call, ref: str) -> Any:
    """Pending where there is none: a repository without statuses is never green by them."""
    repo = call.need("statuses", "read")
    sha = _sha(repo, ref)
    latest = repo.checks.latest_statuses(sha)
    states = {one.state for one in latest}
    bad = states & {"failure", "error"}
    api = f"{call.github.api_url}/repos/{repo.full_name}/commits/{sha}"
    return {
        "state": "failure" if bad else "success" if states == {"success"} else "pending",
        "statuses": [show_ci.status(repo, one) for one in latest],
        "sha": sha,
        "total_count": len(latest),
        "repository": show.minimal(repo),
        "commit_url": api,
        "url": f"{api}/status",
    }


@operation("GET", REPO + "/commits/{ref}/statuses")
def statuses(call: Call, ref: str) -> Any:
    repo = call.need("statuses", "read")
    sha = _sha(repo, ref)
    found = [one for one in reversed(repo.checks.statuses) if one.sha == sha]
    return [_whole(call, repo, one) for one in found]


@operation("POST", REPO + "/statuses/{sha}")
def set_status(call: Call, sha: str) -> Answer:
    repo = call.need("statuses", role="write")
    state, context = call.required("state", "Status"), call.given("context") or "default"
    if len(call.given("description") or "") > 140:
        raise Refusal(
            422, "Validation Failed", show.wrong("Status", "description", "custom", "too long")
        )
    more = {name: call.given(name) for name in ("description", "target_url")}
    made = repo.checks.set_status(_sha(repo, sha), call.actor, state, context, **more)
    return created(_whole(call, repo, made))


def _whole(call: Call, repo: Repo, one: Any) -> Any:
    return {**show_ci.status(repo, one), "creator": show.user(call.github, one.creator)}


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
    found = [show_ci.job(job) for job in _workflow_run(call, run_id).jobs]
    return {"total_count": len(found), "jobs": found}


def _workflow_run(call: Call, number: int) -> WorkflowRun:
    for one in call.need("actions", "read").checks.runs:
        if one.id == number:
            return one
    raise Refusal(404, "Not Found")


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
    if not one.dispatchable:
        raise Refusal(422, "Workflow does not have 'workflow_dispatch' trigger")
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
