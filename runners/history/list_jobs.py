"""The jobs of this machine's state, the newest first: those of the command line and of issues."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.github.mirror import name_mirror
from bot.job_states import JobState, is_settled
from bot.ledger import AttemptOutcome
from bot.locks import find_live_holder
from bot.plan import peek_job, peek_title
from bot.storage.history import RunAttempt
from bot.storage.jobs import JobRow
from bot.ticket.model import Ticket
from bot.ticket.situation import Situation, find_situation
from bot.ticket.status_comment import format_headline
from runners.history.job_model import AnyJob, JobSummary, LocalJob, TicketJob
from runners.history.last_run import read_last_run
from runners.history.open_history import OpenHistory
from runners.stop_request import read_stop_request

_STAGES = {"preflight": "checking the base", "gate": "the final gate"}


@dataclass(frozen=True, slots=True)
class JobList:
    """`older` jobs were left out."""

    jobs: tuple[JobSummary, ...]
    older: int = 0


def list_jobs(history: OpenHistory, limit: int = 0) -> JobList:
    """The newest `limit` of them, all for 0."""
    found = find_all_jobs(history)
    shown = found[:limit] if limit else found
    local = [job for job in shown if isinstance(job, LocalJob)]
    names = [job.row.id for job in local]
    plans, attempts = history.store.read_plans(names), _by_job(history.store.list_attempts(names))
    spent = _sum_by_job(history) if len(local) < len(shown) else {}
    jobs = []
    for job in shown:
        if isinstance(job, LocalJob):
            row = replace(job.row, plan=plans.get(job.row.id, ""))
            jobs.append(summarize_local(look_at(history, row), attempts[row.id]))
        else:
            jobs.append(summarize_ticket(job.ticket, *spent.get(job.ticket.key, (0, 0.0))))
    return JobList(tuple(jobs), len(found) - len(shown))


def find_all_jobs(history: OpenHistory) -> list[AnyJob]:
    """The newest first, without their plans, and not looked at yet: see `look_at`.

    What was built for an issue stands with it, and not for itself.
    """
    rows, tickets = history.store.list_jobs(), history.store.list_tickets()
    builds: dict[tuple[str, str], list[LocalJob]] = defaultdict(list)
    mirrors = {name_mirror(history.settings.github.api_url, t.where.repo_id): t for t in tickets}
    own: list[AnyJob] = []
    for row in rows:
        job = LocalJob(row, history.jobs_folder / row.id)
        name = row.repo.rpartition("/")[2]
        if name in mirrors:
            builds[name, row.branch].append(job)
        else:
            own.append(job)
    for ticket in tickets:
        name = name_mirror(history.settings.github.api_url, ticket.where.repo_id)
        own.append(TicketJob(ticket, tuple(builds.get((name, ticket.remote.branch), ()))))
    return sorted(own, key=_when, reverse=True)


def look_at(history: OpenHistory, row: JobRow) -> LocalJob:
    """The job with what its folder tells; a job of another machine has none here."""
    folder = history.jobs_folder / row.id
    holder = 0 if is_settled(JobState(row.state)) else find_live_holder(folder / "lock")
    return LocalJob(row, folder, read_last_run(folder), holder)


def summarize_local(job: LocalJob, attempts: Sequence[RunAttempt]) -> JobSummary:
    row, last = job.row, job.last_run
    situation = _situation(job)
    done, total = count_tasks(job, attempts)
    return JobSummary(
        id=row.id,
        title=peek_title(row.plan),
        situation=situation,
        state=_describe_local(job, situation, done, total),
        repo=row.repo,
        branch=row.branch,
        began=row.started,
        done=done,
        total=total,
        tokens=sum(each.row.tokens for each in attempts),
        cost=sum(each.row.cost for each in attempts),
        why="" if situation == "passed" else last.why,
    )


def count_tasks(job: LocalJob, attempts: Iterable[RunAttempt]) -> tuple[int, int]:
    """How many tasks passed by the newest run, and how many there are."""
    if job.last_run.begin:
        return len(job.last_run.passed), job.last_run.total
    # Of an older release, or another machine: by the plan and the ledger alone.
    planned = {task.id for task in peek_job(job.row.plan).tasks}
    passed = {each.row.task for each in attempts if each.row.outcome == AttemptOutcome.PASSED}
    return len(passed & planned), len(planned)


def _situation(job: LocalJob) -> Situation:
    state = JobState(job.row.state)
    if job.left:
        return "stopped"
    if is_settled(state):
        return {
            JobState.PASSED: "passed",
            JobState.CANCELLED: "cancelled",
            JobState.FAILED: "failed",
        }.get(state, "blocked")  # type: ignore[return-value]  # each is one
    if job.holder:
        return "running"
    return "paused" if read_stop_request(job.folder) == "pause" else "stopped"


def _describe_local(job: LocalJob, situation: Situation, done: int, total: int) -> str:
    if situation == "running":
        return _STAGES.get(job.row.state) or _describe_tasks(job, done, total)
    if situation == "stopped" and not job.last_run.begin and not job.folder.exists():
        return "begun on another machine, or its folder is gone"
    if job.left:
        left = f"{len(job.left)} of {total} tasks left"
        return f"passed as far as it was asked for, {left}; `resume` goes on"
    if situation in {"stopped", "paused"}:
        return f"{situation} at task {min(done + 1, total)} of {total}; `resume` goes on"
    return situation


def _describe_tasks(job: LocalJob, done: int, total: int) -> str:
    now = f" ({', '.join(job.last_run.current)})" if job.last_run.current else ""
    return f"building, task {min(done + 1, total)} of {total}{now}"


def summarize_ticket(ticket: Ticket, tokens: int = 0, cost: float = 0.0) -> JobSummary:
    rows = ticket.progress.rows
    text = ticket.progress.round.text if ticket.progress.round else ""
    planned = {task.id for task in peek_job(text).tasks} if text else set()
    ended = {task.id: task.state for task in ticket.progress.tasks}
    done = sum(state == "passed" for state in ended.values())
    total = len(planned | ended.keys())
    situation = find_situation(ticket)
    state = format_headline(ticket)
    if state == "building" and total:
        state = f"building, task {min(done + 1, total)} of {total}"
    return JobSummary(
        id=ticket.name,
        title=ticket.title,
        situation=situation,
        state=state,
        repo=ticket.where.repo,
        branch=ticket.remote.branch,
        began=ticket.labelled_at,
        done=done,
        total=total,
        tokens=max(tokens, sum(row.tokens for row in rows)),
        cost=max(cost, sum(row.cost for row in rows)),
        why=ticket.why,
    )


def _when(job: AnyJob) -> float:
    return job.row.started if isinstance(job, LocalJob) else job.ticket.labelled_at


def _by_job(attempts: Iterable[RunAttempt]) -> dict[str, list[RunAttempt]]:
    found: dict[str, list[RunAttempt]] = defaultdict(list)
    for each in attempts:
        found[each.job].append(each)
    return found


def _sum_by_job(history: OpenHistory) -> dict[str, tuple[int, float]]:
    found: dict[str, tuple[int, float]] = {}
    for each in history.store.sum_calls():
        tokens, cost = found.get(each.job, (0, 0.0))
        found[each.job] = (tokens + each.tokens, cost + each.cost)
    return found
