"""What a night left, written by the stores that `serve` writes with, at times that never change."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unittest import mock

from support.tickets import MONA, amend

from bot.config.machine import Settings, state_dir
from bot.config.private_dir import open_state_dir
from bot.github.mirror import name_mirror
from bot.github.webhooks import Where
from bot.ledger import LedgerRow
from bot.spending import Callee, Payer, Spent
from bot.storage.calls import CallStore
from bot.storage.database import sqlite_url
from bot.storage.evidence import EvidenceStore
from bot.storage.jobs import JobRow, Store, open_store
from bot.storage.tickets import TicketStore
from bot.ticket.model import Approval, RemoteState, Ticket, repo_key
from bot.ticket.progress import Progress, Round
from bot.ticket.stages import Stage
from browser.night_evidence import EVIDENCE
from browser.night_jobs import JOBS, PLACES, NightJob
from runners.evidence import format_evidence

MORNING = 1_772_523_600.0
"""2026-03-03 07:40 UTC, a Tuesday."""
HOUR = 3600.0
REPO_IDS = {"octocat/bank": 7, "octocat/website": 8}
_OUTCOME_STATES = {Stage.BUILDING: "building", Stage.BLOCKED: "blocked"}


@contextmanager
def clock_at(seconds: float) -> Iterator[None]:
    """What is written in the block was written then."""
    with mock.patch.object(time, "time", return_value=seconds):
        yield


def write_night(settings: Settings, jobs: Sequence[NightJob] = JOBS) -> None:
    """Into the database of the state folder."""
    with open_night(settings) as store:
        for job in jobs:
            _write_job(settings, store, job)


def write_tickets(settings: Settings, jobs: Sequence[NightJob]) -> None:
    """No more of each than a list shows, for there are many."""
    with open_night(settings) as store:
        tickets = TicketStore(store.engine)
        for job in jobs:
            ticket = make_ticket(settings, job)
            with clock_at(ticket.labelled_at):
                tickets.add_ticket(ticket)


@contextmanager
def open_night(settings: Settings) -> Iterator[Store]:
    store = open_store(settings.database_url or sqlite_url(open_state_dir(settings)))
    try:
        yield store
    finally:
        store.engine.dispose()


def make_ticket(settings: Settings, job: NightJob) -> Ticket:
    where = Where(
        job.repo,
        REPO_IDS.setdefault(job.repo, 100 + len(REPO_IDS)),
        f"https://github.com/{job.repo}.git",
        "main",
        api_url=settings.github.api_url,
    )
    began = MORNING - job.began * HOUR
    head = f"{job.issue:040x}"
    ticket = Ticket(
        where,
        job.issue,
        asker=MONA,
        title=job.title,
        body=f"{job.title}.",
        stage=job.stage,
        why=job.why,
        labelled_at=began,
        wake_at=1e12,
        remote=RemoteState("0" * 40, f"bricklayer/{job.issue}", head, head, pull=job.pull),
        progress=Progress(
            Round("plan", job.plan, head) if job.plan else None,
            tasks=job.tasks,
            rows=job.rows_with_plan,
        ),
    )
    if job.stage is Stage.APPROVAL:
        approval = Approval(ticket.plan_key, began + 60, risks=job.risks)
        return amend(ticket, approval=approval)
    return ticket


def _write_job(settings: Settings, store: Store, job: NightJob) -> None:
    ticket = make_ticket(settings, job)
    name = f"{job.issue:012x}"
    at = ticket.labelled_at
    with clock_at(at):
        TicketStore(store.engine).add_ticket(ticket)
        if job.plan:
            mirror = name_mirror(settings.github.api_url, ticket.where.repo_id)
            repo = str(state_dir(settings) / "mirrors" / mirror)
            store.save_job(_job_row(name, repo, ticket, job))
    for row in job.rows_with_plan:
        at += row.seconds + 5
        with clock_at(at):
            _write_attempt(store, name, ticket, row)


def _job_row(name: str, repo: str, ticket: Ticket, job: NightJob) -> JobRow:
    state = _OUTCOME_STATES.get(job.stage, "passed" if job.rows else "planned")
    return JobRow(
        name,
        repo,
        ticket.remote.branch,
        ticket.remote.base,
        job.plan,
        ticket.labelled_at,
        state=state,
        ticket=ticket.key,
        title=job.title,
    )


def _write_attempt(store: Store, name: str, ticket: Ticket, row: LedgerRow) -> None:
    if row.tier != "planner":
        store.save_attempt(name, 1, row, repo_key(ticket.where))
    if row.tier != "manifest":
        calls = CallStore(store.engine)
        payer = Payer(ticket.key, repo_key(ticket.where), MONA.id)
        callee = Callee(row.tier, row.model, PLACES[row.tier])
        spent = Spent(row.tokens, row.cost, row.tokens_out)
        calls.end_call(calls.begin_call(payer, callee, spent, time.time()), spent)
    parts = EVIDENCE.get((row.task, row.number), (("outcome", row.outcome),))
    EvidenceStore(store.engine).keep(name, 1, f"{row.task}-{row.number}", format_evidence(parts))
