"""What a failing job of CI has to say for itself: its log, and the annotations of its check run."""

import re
from dataclasses import dataclass
from typing import Literal

from bot.github.errors import ForbiddenError, NotFoundError, UnavailableError
from bot.github.repository_api import RepositoryApi, read_answer
from bot.github.webhooks.fields import Field

MAX_LOG_BYTES = 4 << 20
"""Bytes. Of a longer log the end is read: what failed stands there."""
MAX_ANNOTATIONS = 100
"""One page. Of one job GitHub keeps 50 of each level:
https://docs.github.com/en/rest/checks/runs#list-check-run-annotations"""
_GONE = 410
_WORD = re.compile(r"[a-z_]{0,30}")
Missing = Literal["", "not yet", "expired", "forbidden", "no log"]


@dataclass(frozen=True, slots=True)
class JobLog:
    """`text` is what was printed, hostile as all that tests print; else why it is `missing`.

    `bytes_before`: of a long log so many were left out before the text.
    """

    text: str = ""
    missing: Missing = ""
    bytes_before: int = 0


@dataclass(frozen=True, slots=True)
class Annotation:
    """What a check says of a line of a file. `level`: notice, warning or failure."""

    path: str
    line: int
    level: str
    message: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class JobOutput:
    """What there is to read of a failing job, asked for once for the verdict and for the fix."""

    annotations: tuple[Annotation, ...] = ()
    log: JobLog = JobLog(missing="no log")


def read_job_log(api: RepositoryApi, job: int) -> JobLog:
    """GitHub has the log of a job some seconds after its end, and keeps it for 90 days by default.

    https://docs.github.com/en/actions/how-tos/monitor-workflows/use-workflow-run-logs
    """
    try:
        return api.write_again(lambda: _download(api, job))
    except NotFoundError as exc:
        return JobLog(missing="expired" if exc.status == _GONE else "not yet")
    except ForbiddenError:
        return JobLog(missing="forbidden")


def _download(api: RepositoryApi, job: int) -> JobLog:
    # A redirection to an address that expires in a minute:
    # https://docs.github.com/en/rest/actions/workflow-jobs#download-job-logs-for-a-workflow-run
    url = api.fetch(f"/actions/jobs/{job}/logs").headers.get("location", "")
    if not url:
        raise UnavailableError("a log's address is missing")
    raw, before = api.client.transport.download_end(url, MAX_LOG_BYTES)
    return JobLog(raw.decode("utf-8-sig", "replace"), bytes_before=before)


def read_annotations(api: RepositoryApi, check_run: int) -> tuple[Annotation, ...]:
    """The first page of them; none where there are none for us."""
    rest, query = f"/check-runs/{check_run}/annotations", {"per_page": MAX_ANNOTATIONS}
    try:
        entries = read_answer(list, api.fetch(rest, query).field)
    except (NotFoundError, ForbiddenError):
        return ()
    return tuple(read_answer(_annotation, entry) for entry in entries)


def _annotation(entry: Field) -> Annotation:
    return Annotation(
        path=entry["path"].read_text(),
        line=entry["start_line"].read_count(),
        level=entry["annotation_level"].match_or_empty(_WORD),
        message=entry["message"].read_text(),
        title=entry["title"].read_text(),
    )
