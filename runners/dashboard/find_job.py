"""The job of a page: by its id, or by the repository and number of its issue."""

from bot.storage.overview import Visible
from bot.ticket.model import repo_key
from runners.history.job_model import AnyJob, LocalJob, TicketJob
from runners.history.list_jobs import look_at
from runners.history.open_history import OpenHistory


def find_ticket_job(
    history: OpenHistory, visible: Visible, repo: str, issue: int
) -> TicketJob | None:
    """None also where it may not be seen: who may not see it is not told that it is there."""
    ticket = history.store.find_ticket(repo, issue, visible.repos)
    if ticket is None or not may_see(visible, repo_key(ticket.where)):
        return None
    rows = history.store.list_builds(ticket.key)
    return TicketJob(ticket, tuple(look_at(history, row) for row in rows))


def find_local_job(history: OpenHistory, visible: Visible, name: str) -> LocalJob | None:
    """The machine owner's alone."""
    row = history.store.find_job(name) if visible.repos is None else None
    return look_at(history, row) if row else None


def may_see(visible: Visible, repo: str) -> bool:
    return visible.repos is None or repo in visible.repos


def repo_of(job: AnyJob) -> str:
    """The id of its repository; empty for a job of the command line."""
    return "" if isinstance(job, LocalJob) else repo_key(job.ticket.where)
