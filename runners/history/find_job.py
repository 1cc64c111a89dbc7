"""Which job a person means: by its id or the beginning of it, branch, title, plan or issue."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from bot.bounded_read import read_bounded
from bot.errors import UserError
from bot.plan import MAX_PLAN_BYTES, hash_plan, peek_title
from bot.text.invisible import make_printable
from bot.ticket.model import Ticket
from runners.history.job_model import AnyJob, LocalJob, TicketJob
from runners.history.list_jobs import find_all_jobs, look_at
from runners.history.open_history import OpenHistory, no_jobs_error

MAX_LISTED = 5
"""Jobs that are named where several are meant."""
_HEX = re.compile(r"[0-9a-f]{4,64}")
# https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
_ISSUE = re.compile(
    r"(?:https?://[^/\s]+/)?(?P<repo>[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)?"
    r"(?:#|/issues/|/pull/)(?P<number>[0-9]{1,12})/?"
)
_HINT = "`bricklayer jobs` lists them; name one by its id, branch, title, plan or issue."


def find_job(history: OpenHistory, name: str, *, whole: bool = False) -> AnyJob:
    """The newest job for an empty name. Raises UserError where none is meant, or several are.

    `whole`: a part of a title is none.
    """
    jobs = find_all_jobs(history)
    if not jobs:
        raise no_jobs_error(history.settings)
    if not name:
        return _read_whole(history, jobs[0])
    for find in (*_FINDERS, *(() if whole else (_by_part_of_title,))):
        if found := find(history, jobs, name):
            # A plan that was built twice, on two branches say, is meant as it was built last.
            newest = found[:1] if find is _by_plan_file else found
            if find is not _by_id:
                newest = _keep_newest_of_branches(newest)
            return _read_whole(history, _require_one(newest, name))
    raise UserError("no job is called that", where=make_printable(name), hint=_HINT)


def list_names(history: OpenHistory, beginning: str, limit: int = 50) -> list[str]:
    """Ids, branches and issues that begin so, of the newest jobs first."""
    found = find_all_jobs(history)
    names = [name for job in found for name in (name_of(job), _branch(job)) if name]
    fitting = [name for name in dict.fromkeys(names) if name.startswith(beginning)]
    return fitting[:limit]


def name_of(job: AnyJob) -> str:
    """As `find_job` takes it."""
    return job.row.id if isinstance(job, LocalJob) else job.ticket.name


def _read_whole(history: OpenHistory, job: AnyJob) -> AnyJob:
    if isinstance(job, TicketJob):
        return replace(job, builds=tuple(_look_at_all(history, job.builds)))
    return _look_at_all(history, [job])[0]


def _look_at_all(history: OpenHistory, jobs: Sequence[LocalJob]) -> list[LocalJob]:
    plans = history.store.read_plans([job.row.id for job in jobs])
    rows = [replace(job.row, plan=plans.get(job.row.id, "")) for job in jobs]
    return [look_at(history, row) for row in rows]


def _keep_newest_of_branches(found: Sequence[AnyJob]) -> list[AnyJob]:
    """A plan that was mended is another job, on the same branch: the last one is meant."""
    newest: dict[tuple[str, str], AnyJob] = {}
    for job in found:
        key = (job.row.repo, job.row.branch) if isinstance(job, LocalJob) else ("", name_of(job))
        newest.setdefault(key, job)
    return list(newest.values())


def _require_one(found: Sequence[AnyJob], name: str) -> AnyJob:
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"{name_of(job)} ({_branch(job)})" for job in found[:MAX_LISTED])
    more = f" and {len(found) - MAX_LISTED} more" if len(found) > MAX_LISTED else ""
    what = f"{len(found)} jobs are called that: {listed}{more}"
    raise UserError(what, where=make_printable(name), hint="Name one of them by its id.")


def _by_id(_history: OpenHistory, jobs: Sequence[AnyJob], name: str) -> list[AnyJob]:
    if not _HEX.fullmatch(name):
        return []
    return _keep(jobs, lambda job: isinstance(job, LocalJob) and job.row.id.startswith(name))


def _by_issue(_history: OpenHistory, jobs: Sequence[AnyJob], name: str) -> list[AnyJob]:
    if not (meant := _ISSUE.fullmatch(name)):
        return []
    repo, number = (meant["repo"] or "").lower(), int(meant["number"])

    def fits(ticket: Ticket) -> bool:
        same = not repo or ticket.where.repo.lower() == repo
        return same and number in {ticket.issue, ticket.remote.pull}

    return _keep(jobs, lambda job: isinstance(job, TicketJob) and fits(job.ticket))


def _by_branch(_history: OpenHistory, jobs: Sequence[AnyJob], name: str) -> list[AnyJob]:
    return _keep(jobs, lambda job: _branch(job) == name)


def _by_plan_file(history: OpenHistory, jobs: Sequence[AnyJob], name: str) -> list[AnyJob]:
    """Those whose plan reads as the file; or, as it was changed since, was begun from it."""
    path = Path(name)
    if not path.is_file():
        return []
    raw = read_bounded(name, "the plan", MAX_PLAN_BYTES, absent_hint=_HINT, large_hint=_HINT)
    wanted = hash_plan(raw.decode(errors="replace"))
    local = [job for job in jobs if isinstance(job, LocalJob)]
    plans = history.store.read_plans([job.row.id for job in local])
    same = _keep(local, lambda job: hash_plan(plans.get(name_of(job), "")) == wanted)
    return same or [
        job
        for job in local
        if look_at(history, job.row).last_run.begin.get("plan") == str(path.absolute())
    ]


def _by_title(history: OpenHistory, jobs: Sequence[AnyJob], name: str) -> list[AnyJob]:
    titles = _read_titles(history, jobs)
    return _keep(jobs, lambda job: titles[name_of(job)] == name.casefold().strip())


def _by_part_of_title(history: OpenHistory, jobs: Sequence[AnyJob], name: str) -> list[AnyJob]:
    titles = _read_titles(history, jobs)
    return _keep(jobs, lambda job: name.casefold().strip() in titles[name_of(job)])


_FINDERS = (_by_id, _by_issue, _by_branch, _by_plan_file, _by_title)
"""The first that finds any decides."""


def _read_titles(history: OpenHistory, jobs: Sequence[AnyJob]) -> dict[str, str]:
    """By the job's name, in the form in which they are compared."""
    ids = [job.row.id for job in jobs if isinstance(job, LocalJob)]
    plans = history.store.read_plans(ids)

    def title(job: AnyJob) -> str:
        if isinstance(job, TicketJob):
            return job.ticket.title.casefold()
        return peek_title(plans.get(job.row.id, "")).casefold()

    return {name_of(job): title(job) for job in jobs}


def _branch(job: AnyJob) -> str:
    return job.row.branch if isinstance(job, LocalJob) else job.ticket.remote.branch


def _keep(jobs: Iterable[AnyJob], fits: Callable[[AnyJob], bool]) -> list[AnyJob]:
    return [job for job in jobs if fits(job)]
