"""The bot's own check on a commit, beside those of CI."""

from typing import Any

from github.CheckRun import CheckRun

from bot.github.checks import OURS, is_ours, list_check_runs, list_statuses
from bot.github.errors import ForbiddenError, NotFoundError
from bot.github.repository_api import MAX_TEXT_CHARACTERS, RepositoryApi, read_answer, read_id
from bot.github.types import Status
from bot.github.webhooks.fields import Field

_LONGEST_STATUS = 140
_LONGEST_TITLE = 256
_STATES = {None: "pending", "success": "success", "neutral": "success", "skipped": "success"}
_NO_RIGHT = frozenset({401, 403, 404})


def mirror_check(  # noqa: PLR0913, PLR0917
    api: RepositoryApi, sha: str, name: str, title: str, summary: str, conclusion: str | None
) -> None:
    """Our check on `sha`; where the token may make none, a commit status of that name.

    `conclusion` is None while we are still at it.
    """
    output = {
        "title": api.redact_text(title, _LONGEST_TITLE),
        "summary": api.redact_text(summary, MAX_TEXT_CHARACTERS - 1),
    }
    ends = {"status": "completed", "conclusion": conclusion} if conclusion else {}
    fields = {"status": "in_progress", **ends, "output": output}
    try:
        _check(api, sha, name, fields)
    except (NotFoundError, ForbiddenError) as exc:
        if exc.status not in _NO_RIGHT:
            raise
        _status(api, sha, name, _STATES.get(conclusion, "failure"), output["title"])


def _check(api: RepositoryApi, sha: str, name: str, fields: dict[str, Any]) -> None:
    """One for each commit: completed, it stays so until another end is known."""

    def look() -> Field | None:
        return max(_ours(api, sha, name), key=read_id, default=None)

    def make() -> Field:
        run = api.repository.create_check_run(name, sha, external_id=OURS, **fields)
        return Field(run.raw_data, "check_run")

    found = look()
    if found is None:
        api.write_once(make, look)
    elif "conclusion" not in fields and read_answer(_ended, found):
        return
    elif not read_answer(lambda run: _says(run, fields), found):
        _edit(api, found, fields)


def supersede_check(api: RepositoryApi, sha: str, name: str, title: str) -> None:
    """End what we left open on `sha`, which is the head no more."""
    text = api.redact_text(title, _LONGEST_TITLE)
    ends = {"status": "completed", "conclusion": "neutral"}
    fields = {**ends, "output": {"title": text, "summary": text}}
    try:
        runs = _ours(api, sha, name)
        for run in runs:
            if not read_answer(_ended, run):
                _edit(api, run, fields)
    except (NotFoundError, ForbiddenError) as exc:
        if exc.status not in _NO_RIGHT:
            raise
        runs = []
    if not runs and any(one.state == "pending" for one in _our_statuses(api, sha, name)):
        _status(api, sha, name, _STATES["neutral"], text)


def _ours(api: RepositoryApi, sha: str, name: str) -> list[Field]:
    return [run for run in list_check_runs(api, sha, name) if read_answer(is_ours, run)]


def _ended(run: Field) -> bool:
    return bool(run["conclusion"].read_text())


def _edit(api: RepositoryApi, found: Field, fields: dict[str, Any]) -> None:
    run = CheckRun(api.client, url=f"/repos/{api.repo}/check-runs/{read_id(found)}")
    api.write_again(lambda: run.edit(**fields))


def _says(run: Field, fields: dict[str, Any]) -> bool:
    shown = (run["status"].read_text(), run["conclusion"].read_text())
    output = {key: run["output"][key].read_text() for key in fields["output"]}
    return shown == (fields["status"], fields.get("conclusion", "")) and output == fields["output"]


def _status(api: RepositoryApi, sha: str, name: str, state: str, title: str) -> None:
    text = title[:_LONGEST_STATUS]
    ours = _our_statuses(api, sha, name)
    if ours and (ours[0].state, ours[0].description) == (state, text):
        return
    commit = api.repository.get_commit(sha)
    api.write_again(lambda: commit.create_status(state, description=text, context=name))


def _our_statuses(api: RepositoryApi, sha: str, name: str) -> list[Status]:
    return [
        one
        for one, by in list_statuses(api, sha)
        if by == api.own_account().id and one.context == name
    ]
