"""A database as it is after a year of 50 repositories, and one large job, written directly."""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any

import sqlalchemy as sa
from support.tickets import amend
from support.tickets import ticket as make_ticket

from bot.github.webhooks import Where
from bot.ledger import LedgerRow
from bot.storage.evidence import EvidenceStore
from bot.storage.jobs import JobRow, _list_columns
from bot.storage.tables import ATTEMPTS, CALLS, JOBS, TICKETS, WORKERS
from bot.storage.tickets import TicketStore
from bot.ticket.model import Ticket
from bot.ticket.progress import EndedTask, Round
from bot.ticket.stages import Stage
from runners.evidence import format_evidence

REPOS, JOBS_IN_ALL, LOCAL_JOBS = 50, 10_000, 4_000
ATTEMPTS_IN_ALL, CALLS_IN_ALL = 100_000, 150_000
LARGE_ISSUE, LARGE_TASKS, LARGE_ATTEMPTS = 9_999, 60, 400
SECONDS = 52 * 7 * 86_400
LARGE_EVIDENCE = 300_000
BATCH = 5_000
STAGES = (
    [Stage.MERGED] * 60
    + [Stage.REVIEW] * 5
    + [Stage.BLOCKED] * 8
    + [Stage.CLOSED] * 7
    + [Stage.CANCELLED] * 6
    + [Stage.ANSWERED] * 3
    + [Stage.APPROVAL] * 4
    + [Stage.BUILDING] * 3
    + [Stage.PLANNING] * 2
    + [Stage.CI, Stage.PUBLISHING]
)
STATES = ["passed"] * 7 + ["blocked", "failed", "cancelled", "building"]
OUTCOMES = ["passed"] * 6 + ["check failed"] * 3 + ["edit refused", "cut off", "answered"]
TIERS = {"local": ("qwen3-coder:30b", "devstral:24b"), "senior": ("claude", "gpt")}
TIERS |= {"planner": ("claude",), "manifest": ("",)}
PLACES = {"local": "here", "senior": "away", "planner": "away", "manifest": "here"}
KINDS = ("fix", "feature", "test", "docs", "refactor", "")
NOTES = [tuple(f"{n:08x}" for n in range(at, at + 2)) for at in range(200)]
"""Lessons that are shown together: a repository has few such sets, by its paths."""


def plan_of(title: str, tasks: int) -> str:
    made = [f"---\ntitle: {title}\nchecks: [test]\n---\nIt adds.\n"]
    for n in range(tasks):
        made += [f"## Phase: Part {n // 12}\n"] if n % 12 == 0 else []
        after = f"- after: t{n - 1}\n" if n % 4 else ""
        words = "Subtract the amount and say which account it was.\n" * 6
        made.append(f"### Task: t{n}\n- file: bank/part_{n}.py\n- check: test\n{after}\n{words}")
    return "\n".join(made)


def fill(engine: sa.Engine) -> None:
    draw = random.Random(1)  # noqa: S311  # the same each time
    now = time.time()
    tickets = list(_make_tickets(draw, now))
    with engine.begin() as db:
        _insert(db, TICKETS, (row for row, _ in tickets))
        jobs = [*(_build_of(t, row) for row, t in tickets), *_local_jobs(draw, now)]
        db.execute(sa.insert(JOBS), jobs)
        _insert(db, ATTEMPTS, _make_attempts(draw, jobs))
        _insert(db, CALLS, _make_calls(draw, tickets, jobs, now))
        db.execute(sa.insert(WORKERS), [_make_worker(n, now) for n in range(4)])
    EvidenceStore(engine).keep("b" * 12, 1, "t0-1", _make_evidence())
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        # As the server's autovacuum does by itself after so many rows:
        # https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-VISIBILITY-MAP
        postgres = engine.dialect.name == "postgresql"
        db.exec_driver_sql("VACUUM ANALYZE" if postgres else "ANALYZE")


def _insert(db: sa.Connection, table: sa.Table, rows: Iterator[dict[str, Any]]) -> None:
    while some := list(islice(rows, BATCH)):
        db.execute(sa.insert(table), some)


def _make_tickets(draw: random.Random, now: float) -> Iterator[tuple[dict[str, Any], Ticket]]:
    plan = plan_of("Withdraw must subtract", 6)
    for n in range(JOBS_IN_ALL - LOCAL_JOBS - 1):
        repo = n % REPOS
        yield _ticket(draw, repo, n, STAGES[n % len(STAGES)], plan, now, 6, 8)
    yield _ticket(
        draw,
        0,
        LARGE_ISSUE,
        Stage.BLOCKED,
        plan_of("A large change", LARGE_TASKS),
        now,
        LARGE_TASKS,
        LARGE_ATTEMPTS,
    )


def _ticket(  # noqa: PLR0913, PLR0917  # where, what, and how much of it
    draw: random.Random,
    repo: int,
    issue: int,
    stage: Stage,
    plan: str,
    now: float,
    tasks: int,
    attempts: int,
) -> tuple[dict[str, Any], Ticket]:
    began = now - draw.random() * SECONDS
    where = Where(f"acme/repo-{repo}", 100 + repo, "https://github.com/acme/x.git", "main")
    ended = tuple(EndedTask(f"t{n}", "passed", "", "1a2b3c4") for n in range(tasks))
    rows = tuple(_row(draw, n, tasks) for n in range(attempts))
    made = make_ticket(
        stage,
        where=where,
        issue=issue,
        title=f"Withdraw number {issue} must subtract, in repository {repo}",
        body="It must subtract. " * 60,
        labelled_at=began,
        round=Round("plan", plan, "0" * 40),
        tasks=ended,
        rows=rows,
        why="The gate failed: assert 1 == 2" if stage is Stage.BLOCKED else "",
        branch=f"bricklayer/{issue}-withdraw",
    )
    if stage is Stage.APPROVAL:
        made = amend(made, approval_key=made.plan_key)
    is_open = stage in {Stage.BUILDING, Stage.PLANNING, Stage.CI, Stage.PUBLISHING}
    changed = now - draw.random() * 3_600 if is_open else min(now, began + draw.random() * 90_000)
    values = TicketStore._values(made)  # noqa: SLF001  # as the store writes them
    return {**values, "key": made.key, "version": 3, "changed": changed}, made


def _build_of(ticket: Ticket, row: dict[str, Any]) -> dict[str, Any]:
    name = "b" * 12 if ticket.issue == LARGE_ISSUE else f"{ticket.issue:012x}"
    return asdict(
        JobRow(
            name,
            f"/var/lib/bricklayer/mirrors/{ticket.where.repo_id}.git",
            ticket.remote.branch,
            "0" * 40,
            ticket.progress.round.text if ticket.progress.round else "",
            ticket.labelled_at + 60,
            state="passed",
            ticket=ticket.key,
            title=ticket.title,
            changed=float(row["changed"]),
        )
    )


def _local_jobs(draw: random.Random, now: float) -> Iterator[dict[str, Any]]:
    for n in range(LOCAL_JOBS):
        plan = plan_of(f"Local change {n}", 5)
        began = now - draw.random() * SECONDS
        state = STATES[n % len(STATES)]
        where = f"/home/me/src/project-{n % 12}"
        made = JobRow(f"c{n:011x}", where, f"change-{n}", "0" * 40, plan, began, state=state)
        yield asdict(made) | {"title": f"Local change {n}", "changed": began + 600}


def _row(draw: random.Random, n: int, tasks: int) -> LedgerRow:
    tier = draw.choices(list(TIERS), (12, 4, 2, 1))[0]
    outcome = "asked" if tier == "planner" else draw.choice(OUTCOMES)
    return LedgerRow(
        "plan" if tier == "planner" else f"t{n % tasks}",
        n // tasks + 1,
        tier,
        draw.choice(TIERS[tier]),
        draw.randrange(2_000, 20_000),
        draw.randrange(100, 3_000),
        draw.randrange(2_000),
        draw.random() * 90,
        outcome,
        0.02 if tier in {"senior", "planner"} else 0.0,
        place=PLACES[tier],
        kind=draw.choice(KINDS),
        notes=draw.choice(((), (), draw.choice(NOTES))),
    )


def _make_attempts(draw: random.Random, jobs: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    small = -(-(ATTEMPTS_IN_ALL - LARGE_ATTEMPTS) // (len(jobs) - 1))
    for job in jobs:
        is_large = job["id"] == "b" * 12
        for n in range(LARGE_ATTEMPTS if is_large else small):
            row = _row(draw, n, LARGE_TASKS if is_large else 6)
            row = asdict(row) | {"task": f"t{n % 60}" if is_large else f"t{n % 6}"}
            made = LedgerRow(**row)
            values = _list_columns(made)
            repo = job["ticket"].partition("#")[0] or job["repo"]
            key = {"job": job["id"], "run": 1, "task": made.task, "number": made.number}
            yield values | key | {"repo": repo, "at": job["started"] + n * 30}


def _make_calls(
    draw: random.Random,
    tickets: Sequence[tuple[dict[str, Any], Ticket]],
    jobs: Sequence[dict[str, Any]],
    now: float,
) -> Iterator[dict[str, Any]]:
    payers = [(t.key, str(t.where.repo_id), t.labelled_at) for _, t in tickets]
    payers += [(job["id"], job["repo"], job["started"]) for job in jobs if not job["ticket"]]
    for n in range(CALLS_IN_ALL):
        job, repo, began = payers[n % len(payers)]
        tier = draw.choices(list(TIERS), (12, 4, 2, 1))[0]
        at = min(now, began + n // len(payers) * 40)
        row = {"at": at, "job": job, "repo": repo, "person": 42, "tier": tier, "tokens": 9_000}
        row |= {"cost": 0.02 if tier == "senior" else 0.0, "ended": n % 500 > 0}
        yield row | {"model": TIERS[tier][0], "tokens_out": 700, "place": PLACES[tier]}


def _make_worker(n: int, now: float) -> dict[str, Any]:
    row = {"executor": f"worker-{n}", "host": f"host-{n}", "pid": n + 1, "lanes": 2}
    row |= {"version": "0.2", "queues": "[]", "running": "[]", "disk_free": 1 << 38}
    return row | {"began": now - 9_000, "seen": now + 9_000, "declared_dead": 0.0}


def _make_evidence() -> str:
    code = "".join(f"    balance = balance - amount  # line {n}\n" for n in range(3_000))
    lines = "".join(f"-old line {n}\n+new line {n}\n" for n in range(1_500))
    head = "diff --git a/bank.py b/bank.py\n--- a/bank.py\n+++ b/bank.py\n@@ -1,1500 +1,1500 @@\n"
    parts = [("prompt: task", "Subtract.\n"), ("prompt: files", code), ("thought", code[:60_000])]
    parts += [("reply", code[:20_000]), ("diff", head + lines), ("check test", code[:50_000])]
    text = format_evidence([*parts, ("outcome", "check failed: assert 1 == 2")])
    return text + " " * max(0, LARGE_EVIDENCE - len(text))
