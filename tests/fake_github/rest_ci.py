"""Operations on checks, statuses and GitHub Actions."""

from typing import Any

from fake_github import show, show_ci, show_repo
from fake_github.calls import Answer, Call, created, operation
from fake_github.ci import CheckRun, Suite
from fake_github.people import Refusal
from fake_github.repo import Repo

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
    return suite.runs if which == "all" else suite.latest()


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


@operation("GET", REPO + "/check-runs/{check_run_id}/annotations")
def annotations(call: Call, check_run_id: int) -> Any:
    one = _run(call.need("checks", "read"), check_run_id)
    return [show_ci.annotation(one, each) for each in one.annotations]


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
        "repository": show_repo.minimal(repo),
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
