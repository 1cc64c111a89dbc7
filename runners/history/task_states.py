"""How each task of a job stands, by its newest run, and what all its attempts cost."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.ledger import AttemptOutcome, LedgerRow
from bot.plan import peek_job
from bot.storage.history import RunAttempt
from runners.history.job_model import AnyJob, LocalJob


@dataclass(frozen=True, slots=True)
class TaskStanding:
    """`state` is a state of `bot.job_states`, or "running". `attempts` are those of all runs."""

    id: str
    state: str
    why: str = ""
    commit: str = ""
    attempts: int = 0
    tokens: int = 0
    cost: float = 0.0


def list_task_states(job: AnyJob, attempts: Iterable[RunAttempt]) -> list[TaskStanding]:
    """In the order of the plan; then what the planner was asked for while it was built."""
    rows: dict[str, list[LedgerRow]] = defaultdict(list)
    for each in attempts:
        rows[each.row.task].append(each.row)
    ended = _ended_local(job, rows) if isinstance(job, LocalJob) else _ended_ticket(job)
    if isinstance(job, LocalJob):
        plan = job.row.plan
    else:
        plan = job.ticket.progress.round.text if job.ticket.progress.round else ""
    planned = [task.id for task in peek_job(plan).tasks] if plan else []
    names = dict.fromkeys((*planned, *ended, *rows))
    return [_stand(name, ended.get(name, {}), rows[name]) for name in names]


def _stand(name: str, ended: Mapping[str, str], rows: list[LedgerRow]) -> TaskStanding:
    return TaskStanding(
        name,
        ended.get("state", "waiting"),
        ended.get("why", ""),
        ended.get("commit", ""),
        attempts=len(rows),
        tokens=sum(row.tokens for row in rows),
        cost=sum(row.cost for row in rows),
    )


def _ended_ticket(job: AnyJob) -> dict[str, dict[str, str]]:
    if isinstance(job, LocalJob):
        return {}
    return {
        task.id: {"state": task.state, "why": task.why, "commit": task.commit}
        for task in job.ticket.progress.tasks
    }


def _ended_local(job: LocalJob, rows: Mapping[str, list[LedgerRow]]) -> dict[str, dict[str, str]]:
    last = job.last_run
    if not last.begin:
        passed = [
            name
            for name, made in rows.items()
            if any(row.outcome == AttemptOutcome.PASSED for row in made)
        ]
        return {name: {"state": "passed"} for name in passed}
    found = {name: {"state": "passed"} for name in last.passed}
    if job.holder:
        found |= {name: {"state": "running"} for name in last.current}
    told = last.result.get("tasks")
    for task in told if isinstance(told, list) else []:
        if isinstance(task, dict):
            # A query's answer says what came of it, as a commit does of the others.
            texts = {key: str(task.get(key) or "") for key in ("state", "why", "commit", "answer")}
            found[str(task.get("id"))] = texts | {"why": texts["why"] or texts["answer"]}
    return found
