"""GitHub Actions: the logs of its jobs, its workflows, and what a repository lets them do."""

from bot.github.errors import ForbiddenError, NotFoundError, UnavailableError
from bot.github.repository import RepositoryApi, made
from bot.github.types import ActionsSettings

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
