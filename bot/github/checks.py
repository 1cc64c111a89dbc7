"""What says something about a commit: check runs, statuses and workflow runs."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from bot.github.errors import ForbiddenError, NotFoundError
from bot.github.repository_api import RepositoryApi, read_answer
from bot.github.types import CheckRun, Checks, Status, WorkflowRun
from bot.github.webhooks import objects
from bot.github.webhooks.fields import Field

OURS = "bricklayer"
"""The `external_id` of our own check runs."""
OUR_WORKFLOW = ".github/workflows/bricklayer.yml"
_ACTIONS = "github-actions"
"""The App whose check runs are jobs, of the same ids."""
_UNPROCESSABLE = 422
_WORD = re.compile(r"[a-z_]{0,30}")


def read_checks(api: RepositoryApi, sha: str) -> Checks:
    """Our own are not among them: waiting for those would be waiting for ourselves."""
    runs: list[CheckRun] = []
    statuses: list[Status] = []
    workflows = _workflows(api, sha)
    ours = {run.suite for run in workflows if run.path.partition("@")[0] == OUR_WORKFLOW}
    with _unknown_yet():
        runs += [
            read_answer(_run, entry)
            for entry in list_check_runs(api, sha)
            if not read_answer(is_ours, entry)
        ]
    with _unknown_yet():
        statuses += [one for one, by in list_statuses(api, sha) if by != api.own_account().id]
    others = tuple(run for run in workflows if run.suite not in ours)
    return Checks(
        tuple(run for run in runs if not run.suite or run.suite not in ours),
        tuple(statuses),
        others,
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


def list_check_runs(api: RepositoryApi, sha: str, name: str = "") -> Iterator[Field]:
    query = {"check_name": name} if name else None
    return api.list_entries(f"/commits/{sha}/check-runs", query, key="check_runs")


def is_ours(run: Field) -> bool:
    """Another's check may have our name; it would have to mean to for this."""
    return run["external_id"].read_text() == OURS


def list_statuses(api: RepositoryApi, sha: str) -> list[tuple[Status, int]]:
    """The newest of each context, with whoever set it."""
    newest: dict[str, tuple[Status, int]] = {}
    for entry in api.list_entries(f"/commits/{sha}/statuses"):
        status = read_answer(_status, entry)
        by = read_answer(lambda status_of: objects.read_author(status_of["creator"]), entry)
        newest.setdefault(status.context, (status, by.id))
    return list(newest.values())


def _workflows(api: RepositoryApi, sha: str) -> tuple[WorkflowRun, ...]:
    """Every token may read checks, but only some the workflows' runs."""
    try:
        entries = list(api.list_entries("/actions/runs", {"head_sha": sha}, key="workflow_runs"))
    except (NotFoundError, ForbiddenError):
        return ()
    return tuple(read_answer(_workflow, entry) for entry in entries)


def _run(entry: Field) -> CheckRun:
    app = entry["app"]["slug"].read_text() if "app" in entry else ""
    number = entry["id"].read_int()
    return CheckRun(
        id=number,
        name=entry["name"].read_text(),
        status=entry["status"].match_or_empty(_WORD),
        conclusion=entry["conclusion"].match_or_empty(_WORD),
        app=entry["app"]["id"].read_count() if "app" in entry else 0,
        url=entry["details_url"].match_or_empty(objects.URL)
        or entry["html_url"].match_or_empty(objects.URL),
        suite=entry["check_suite"]["id"].read_count() if "check_suite" in entry else 0,
        job=number if app == _ACTIONS else 0,
        maker=entry["app"]["name"].read_text() if "app" in entry else "",
        title=entry["output"]["title"].read_text() if "output" in entry else "",
    )


def _status(entry: Field) -> Status:
    return Status(
        context=entry["context"].read_text(),
        state=entry["state"].match_or_empty(_WORD),
        description=entry["description"].read_text(),
        url=entry["target_url"].match_or_empty(objects.URL),
    )


def _workflow(entry: Field) -> WorkflowRun:
    return WorkflowRun(
        id=entry["id"].read_int(),
        name=entry["name"].read_text(),
        path=entry["path"].read_text(),
        suite=entry["check_suite_id"].read_count(),
        event=entry["event"].read_text(),
        status=entry["status"].match_or_empty(_WORD),
        conclusion=entry["conclusion"].match_or_empty(_WORD),
        url=entry["html_url"].match_or_empty(objects.URL),
        attempt=entry["run_attempt"].read_count() or 1,
    )


_UNKNOWN = (NotFoundError, ForbiddenError)


def dispatch_workflow(api: RepositoryApi, workflow: str, ref: str) -> None:
    """Start `workflow` (its file's name) on a branch; it must have `on: workflow_dispatch`.

    Not tried again where the answer is lost: nothing tells one start from another.
    """
    # https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event
    api.repository.get_workflow(workflow).create_dispatch(api.check_branch(ref), throw=True)


def rerun_failed_jobs(api: RepositoryApi, run: int) -> None:
    """Those of one workflow run, and what depends on them. Refused while it still runs."""
    # https://docs.github.com/en/rest/actions/workflow-runs#re-run-failed-jobs-from-a-workflow-run
    api.client.send_request("POST", f"/repos/{api.repo}/actions/runs/{run}/rerun-failed-jobs")


def actions_may_open_pulls(api: RepositoryApi) -> bool | None:
    """Whether a workflow's own token may; None where only an administrator is told."""
    try:
        # https://docs.github.com/en/rest/actions/permissions#get-default-workflow-permissions-for-a-repository
        answer = api.fetch("/actions/permissions/workflow").field
    except _UNKNOWN:
        return None
    return read_answer(lambda one: one["can_approve_pull_request_reviews"].read_flag(), answer)
