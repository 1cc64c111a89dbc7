"""What says something about a commit: check runs, statuses, workflow runs; and our own check."""

import re
from collections.abc import Iterator
from typing import Any

from github.CheckRun import CheckRun as MadeCheckRun

from bot.events import subjects
from bot.events.fields import Field
from bot.github.errors import Gone, Refused
from bot.github.repo_api import LONGEST, RepoApi, given_id, made
from bot.github.types import CheckRun, Checks, Status, WorkflowRun

OURS = "bricklayer"
_LONGEST_STATUS = 140
_LONGEST_TITLE = 256
OUR_WORKFLOW = ".github/workflows/bricklayer.yml"
_JOB = re.compile(r".*/actions/runs/(\d{1,18})/job/(\d{1,18})(?:\?.*)?")
_WORD = re.compile(r"[a-z_]{0,30}")
_STATES = {"success": "success", "neutral": "success", "skipped": "success", "": "pending"}


def read(api: RepoApi, sha: str) -> Checks:
    """Our own are not among them: waiting for those would be waiting for ourselves."""
    workflows = _workflows(api, sha)
    ours = {run.id for run in workflows if run.path.partition("@")[0] == OUR_WORKFLOW}
    me = api.me().id
    runs = [made(_run, entry) for entry in _entries(api, sha) if not made(_is_ours, entry)]
    statuses = [
        made(_status, entry)
        for entry in api.entries(f"/commits/{sha}/status", key="statuses")
        if not made(lambda told: _is_our_status(told, me), entry)
    ]
    others = tuple(run for run in workflows if run.id not in ours)
    return Checks(
        tuple(run for run in runs if run.workflow not in ours),
        tuple(statuses),
        others,
        any(run.conclusion == "action_required" or run.status == "waiting" for run in others),
    )


def _entries(api: RepoApi, sha: str, name: str = "") -> Iterator[Field]:
    query = {"check_name": name} if name else None
    return api.entries(f"/commits/{sha}/check-runs", query, key="check_runs")


def _is_ours(told: Field) -> bool:
    """Another's check may have our name, but not its id too."""
    return told["name"].text() == told["external_id"].text() == OURS


def _is_our_status(told: Field, me: int) -> bool:
    return told["context"].text() == OURS and subjects.author(told["creator"]).id == me


def _workflows(api: RepoApi, sha: str) -> tuple[WorkflowRun, ...]:
    """Every token may read checks, but only some the workflows' runs."""
    try:
        told = list(api.entries("/actions/runs", {"head_sha": sha}, key="workflow_runs"))
    except (Gone, Refused):
        return ()
    return tuple(made(_workflow, entry) for entry in told)


def _run(told: Field) -> CheckRun:
    url = told["details_url"].like(subjects.URL) or told["html_url"].like(subjects.URL)
    job = _JOB.fullmatch(url)
    return CheckRun(
        id=told["id"].whole(),
        name=told["name"].text(),
        status=told["status"].like(_WORD),
        conclusion=told["conclusion"].like(_WORD),
        app=told["app"]["id"].count() if "app" in told else 0,
        url=url,
        workflow=int(job[1]) if job else 0,
        job=int(job[2]) if job else 0,
    )


def _status(told: Field) -> Status:
    return Status(
        context=told["context"].text(),
        state=told["state"].like(_WORD),
        description=told["description"].text(),
        url=told["target_url"].like(subjects.URL),
    )


def _workflow(told: Field) -> WorkflowRun:
    return WorkflowRun(
        id=told["id"].whole(),
        name=told["name"].text(),
        path=told["path"].text(),
        event=told["event"].text(),
        status=told["status"].like(_WORD),
        conclusion=told["conclusion"].like(_WORD),
        url=told["html_url"].like(subjects.URL),
    )


def mirror(api: RepoApi, sha: str, title: str, summary: str, conclusion: str | None) -> None:
    """Our check on `sha`; where the token may make none, a commit status of that name.

    `conclusion` is None while we are still at it.
    """
    output = {"title": api.out(title, _LONGEST_TITLE), "summary": api.out(summary, LONGEST - 1)}
    ends = {"status": "completed", "conclusion": conclusion} if conclusion else {}
    said = {"status": "in_progress", **ends, "output": output}
    try:
        _mirror_check(api, sha, said)
    except (Gone, Refused) as wrong:
        if wrong.status not in {401, 403, 404}:
            raise
        _mirror_status(api, sha, conclusion, output["title"])


def _mirror_check(api: RepoApi, sha: str, said: dict[str, Any]) -> None:
    """A completed run does not go back to being in progress: a new one takes its place."""

    def look() -> Field | None:
        ours = (run for run in _entries(api, sha, OURS) if made(_is_ours, run))
        newest = max(ours, key=given_id, default=None)
        if newest is None or "conclusion" in said:
            return newest
        return None if made(lambda run: run["conclusion"].text(), newest) else newest

    def make() -> Field:
        run = api.repository.create_check_run(OURS, sha, external_id=OURS, **said)
        return Field(run.raw_data, "check_run")

    found = look()
    if found is None:
        api.written(make, look)
    elif not made(lambda run: _says(run, said), found):
        run = MadeCheckRun(api.wire, url=f"/repos/{api.repo}/check-runs/{given_id(found)}")
        api.repeated(lambda: run.edit(**said))


def _says(run: Field, said: dict[str, Any]) -> bool:
    told = (run["status"].text(), run["conclusion"].text())
    output = {key: run["output"][key].text() for key in said["output"]}
    return told == (said["status"], said.get("conclusion", "")) and output == said["output"]


def _mirror_status(api: RepoApi, sha: str, conclusion: str | None, title: str) -> None:
    state = _STATES.get(conclusion or "", "failure")
    me, told = api.me().id, title[:_LONGEST_STATUS]
    for entry in api.entries(f"/commits/{sha}/status", key="statuses"):
        status = made(_status, entry)
        ours = made(lambda told: _is_our_status(told, me), entry)
        if ours and (status.state, status.description) == (state, told):
            return
    commit = api.repository.get_commit(sha)
    api.repeated(lambda: commit.create_status(state, description=told, context=OURS))
