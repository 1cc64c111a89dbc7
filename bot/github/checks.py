"""What says something about a commit: check runs, statuses, workflow runs, and their logs."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from bot.github.errors import ForbiddenError, NotFoundError, UnavailableError
from bot.github.repository_api import RepositoryApi, made
from bot.github.types import ActionsSettings, CheckRun, Checks, Status, WorkflowRun
from bot.github.webhooks import objects
from bot.github.webhooks.fields import Field

OURS = "bricklayer"
"""The `external_id` of our own check runs."""
OUR_WORKFLOW = ".github/workflows/bricklayer.yml"
_ACTIONS = "github-actions"
"""The App whose check runs are jobs, of the same ids."""
_UNPROCESSABLE = 422
_WORD = re.compile(r"[a-z_]{0,30}")


def read(api: RepositoryApi, sha: str) -> Checks:
    """Our own are not among them: waiting for those would be waiting for ourselves."""
    told: list[CheckRun] = []
    statuses: list[Status] = []
    workflows = _workflows(api, sha)
    ours = {run.suite for run in workflows if run.path.partition("@")[0] == OUR_WORKFLOW}
    with _unknown_yet():
        told += [made(_run, entry) for entry in entries(api, sha) if not made(is_ours, entry)]
    with _unknown_yet():
        statuses += [one for one, by in all_statuses(api, sha) if by != api.me().id]
    others = tuple(run for run in workflows if run.suite not in ours)
    return Checks(
        tuple(run for run in told if not run.suite or run.suite not in ours),
        tuple(statuses),
        others,
        any(run.conclusion == "action_required" or run.status == "waiting" for run in others),
    )


@contextmanager
def _unknown_yet() -> Iterator[None]:
    """Of a commit that was pushed a moment ago the API may not know: nothing is said of it."""
    try:
        yield
    except NotFoundError:
        return
    except ForbiddenError as exc:
        if exc.status != _UNPROCESSABLE:
            raise


def entries(api: RepositoryApi, sha: str, name: str = "") -> Iterator[Field]:
    query = {"check_name": name} if name else None
    return api.entries(f"/commits/{sha}/check-runs", query, key="check_runs")


def is_ours(run: Field) -> bool:
    """Another's check may have our name; it would have to mean to for this."""
    return run["external_id"].text() == OURS


def all_statuses(api: RepositoryApi, sha: str) -> list[tuple[Status, int]]:
    """The newest of each context, with whoever set it."""
    newest: dict[str, tuple[Status, int]] = {}
    for entry in api.entries(f"/commits/{sha}/statuses"):
        status = made(_status, entry)
        by = made(lambda told: objects.author(told["creator"]), entry)
        newest.setdefault(status.context, (status, by.id))
    return list(newest.values())


def _workflows(api: RepositoryApi, sha: str) -> tuple[WorkflowRun, ...]:
    """Every token may read checks, but only some the workflows' runs."""
    try:
        told = list(api.entries("/actions/runs", {"head_sha": sha}, key="workflow_runs"))
    except (NotFoundError, ForbiddenError):
        return ()
    return tuple(made(_workflow, entry) for entry in told)


def _run(told: Field) -> CheckRun:
    app = told["app"]["slug"].text() if "app" in told else ""
    number = told["id"].whole()
    return CheckRun(
        id=number,
        name=told["name"].text(),
        status=told["status"].like(_WORD),
        conclusion=told["conclusion"].like(_WORD),
        app=told["app"]["id"].count() if "app" in told else 0,
        url=told["details_url"].like(objects.URL) or told["html_url"].like(objects.URL),
        suite=told["check_suite"]["id"].count() if "check_suite" in told else 0,
        job=number if app == _ACTIONS else 0,
    )


def _status(told: Field) -> Status:
    return Status(
        context=told["context"].text(),
        state=told["state"].like(_WORD),
        description=told["description"].text(),
        url=told["target_url"].like(objects.URL),
    )


def _workflow(told: Field) -> WorkflowRun:
    return WorkflowRun(
        id=told["id"].whole(),
        name=told["name"].text(),
        path=told["path"].text(),
        suite=told["check_suite_id"].count(),
        event=told["event"].text(),
        status=told["status"].like(_WORD),
        conclusion=told["conclusion"].like(_WORD),
        url=told["html_url"].like(objects.URL),
    )


LONGEST_LOG = 4 << 20
"""Bytes. Of a longer log the end is read: what failed stands there."""
_UNKNOWN = (NotFoundError, ForbiddenError)


def job_log(api: RepositoryApi, job: int) -> str:
    """What a job printed; empty where nothing is kept of it, or nothing yet.

    Hostile, like all that somebody's tests print.
    """
    try:
        return api.repeated(lambda: _log(api, job))
    except NotFoundError:
        return ""


def _log(api: RepositoryApi, job: int) -> str:
    url = api.get(f"/actions/jobs/{job}/logs").headers.get("location", "")
    if not url:
        raise UnavailableError("a log's address is missing")
    raw, before = api.wire.transport.download(url, LONGEST_LOG)
    said = raw.decode("utf-8-sig", "replace")
    return f"[{before} bytes before this are left out]\n{said}" if before else said


def dispatch(api: RepositoryApi, workflow: str, ref: str) -> None:
    """Start `workflow` (its file's name) on a branch; it must have `on: workflow_dispatch`.

    Not tried again where the answer is lost: nothing tells one start from another.
    """
    api.repository.get_workflow(workflow).create_dispatch(api.branch(ref), throw=True)


def settings(api: RepositoryApi) -> ActionsSettings:
    """What a workflow's own token may do here; None for what only an administrator is told."""
    try:
        told = api.get("/actions/permissions/workflow").field
    except _UNKNOWN:
        return ActionsSettings(None, None)
    writes = made(lambda one: one["default_workflow_permissions"].text(), told) == "write"
    return ActionsSettings(
        writes, made(lambda one: one["can_approve_pull_request_reviews"].flag(), told)
    )
