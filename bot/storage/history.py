"""What was done, read back: jobs newest first, what each cost, what each call to a model cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.errors import UserError
from bot.ledger import LedgerRow
from bot.storage.database import split_keys
from bot.storage.evidence import KeptText, list_texts, read_text
from bot.storage.jobs import JobRow, read_row
from bot.storage.tables import ATTEMPTS, CALLS, JOBS, TICKETS
from bot.ticket.model import Ticket
from bot.ticket.stored_form import from_json, read_json

_NO_PLAN = sa.literal("").label("plan")


@dataclass(frozen=True, slots=True)
class RunAttempt:
    """One row of a job's ledger, and the run it was made in."""

    job: str
    run: int
    row: LedgerRow


@dataclass(frozen=True, slots=True)
class CallSum:
    """Calls that have all of these in common. `day` is in days since 1970, UTC.

    `unended` of the `calls` were cut off: they count with the most they can have cost.
    """

    day: int
    job: str
    repo: str
    person: int
    tier: str
    calls: int
    unended: int
    tokens: int
    cost: float


@dataclass(frozen=True, slots=True)
class History:
    """Each method reads in one short transaction; none writes."""

    engine: sa.Engine

    def list_jobs(self, *, with_plans: bool = False) -> list[JobRow]:
        """All, the one that was begun last first; `plan` is empty unless it is asked for."""
        columns = [*JOBS.c] if with_plans else [c for c in JOBS.c if c.name != "plan"] + [_NO_PLAN]
        query = sa.select(*columns).order_by(JOBS.c.started.desc(), JOBS.c.id)
        with self.engine.connect() as db:
            return [JobRow(**row) for row in db.execute(query).mappings()]

    def find_job(self, name: str) -> JobRow | None:
        """With its plan."""
        found = self._read_rows(sa.select(JOBS).where(JOBS.c.id == name))
        return found[0] if found else None

    def read_jobs(self, names: Sequence[str]) -> dict[str, JobRow]:
        """By id, those that there are; `plan` is empty."""
        columns = [c for c in JOBS.c if c.name != "plan"] + [_NO_PLAN]
        rows = [
            row
            for some in split_keys(names)
            for row in self._read_rows(sa.select(*columns).where(JOBS.c.id.in_(some)))
        ]
        return {row.id: row for row in rows}

    def find_ticket(
        self, repo: str, issue: int, repos: frozenset[str] | None = None
    ) -> Ticket | None:
        """By the repository's newest name, whatever its case; of these ids, where some are named.

        Several may have had the name, one after the other. Raises UserError for one that another
        release wrote.
        """
        same = sa.func.lower(TICKETS.c.repo_name) == repo.lower()
        query = sa.select(TICKETS.c.key, TICKETS.c.body).where(same, TICKETS.c.issue == issue)
        if repos is not None:
            query = query.where(TICKETS.c.repo.in_(sorted(repos)))
        rows = self._read(query.order_by(TICKETS.c.changed.desc()).limit(1))
        if not rows:
            return None
        if ticket := read_json(*rows[0]):
            return ticket
        hint = "Install the newer release again, or set the label anew."
        what = "this job cannot be read: another release wrote it"
        raise UserError(what, where=f"{repo}#{issue}", hint=hint)

    def read_tickets(self, keys: Sequence[str]) -> dict[str, Ticket]:
        """By key, those that there are and that this release can read."""
        return {
            key: ticket
            for names in split_keys(keys)
            for key, body in self._read(
                sa.select(TICKETS.c.key, TICKETS.c.body).where(TICKETS.c.key.in_(names))
            )
            if (ticket := read_json(key, body))
        }

    def list_builds(self, ticket: str) -> list[JobRow]:
        """What was built for a ticket, the newest first, each with its plan."""
        query = sa.select(JOBS).where(JOBS.c.ticket == ticket)
        return self._read_rows(query.order_by(JOBS.c.started.desc(), JOBS.c.id))

    def _read_rows(self, query: sa.Select[Any]) -> list[JobRow]:
        with self.engine.connect() as db:
            return [JobRow(**row) for row in db.execute(query).mappings()]

    def read_plans(self, jobs: Sequence[str]) -> dict[str, str]:
        return {
            name: plan
            for names in split_keys(jobs)
            for name, plan in self._read(
                sa.select(JOBS.c.id, JOBS.c.plan).where(JOBS.c.id.in_(names))
            )
        }

    def list_attempts(self, jobs: Sequence[str]) -> list[RunAttempt]:
        """Of these jobs, in the order of their runs."""
        columns = (ATTEMPTS.c.job, ATTEMPTS.c.run, ATTEMPTS.c.row)
        order = (ATTEMPTS.c.run, ATTEMPTS.c.task, ATTEMPTS.c.number)
        return [
            RunAttempt(job, run, read_row(row))
            for names in split_keys(jobs)
            for job, run, row in self._read(
                sa.select(*columns).where(ATTEMPTS.c.job.in_(names)).order_by(*order)
            )
        ]

    def list_texts(self, jobs: Sequence[str]) -> list[KeptText]:
        """What is kept of attempts at these jobs, whichever machine made them; oldest first."""
        return [each for names in split_keys(jobs) for each in list_texts(self.engine, names)]

    def read_text(self, kept: KeptText) -> str:
        return read_text(self.engine, kept)

    def list_tickets(self) -> list[Ticket]:
        return [from_json(body) for (body,) in self._read(sa.select(TICKETS.c.body))]

    def sum_calls(self, since: float = 0.0) -> list[CallSum]:
        """Of all calls since then, in seconds since 1970; oldest day first."""
        day = sa.cast(CALLS.c.at / 86_400.0, sa.Integer)
        if self.engine.dialect.name == "postgresql":  # there a cast rounds to the nearest
            day = sa.cast(sa.func.floor(CALLS.c.at / 86_400.0), sa.Integer)
        by = (day.label("day"), CALLS.c.job, CALLS.c.repo, CALLS.c.person, CALLS.c.tier)
        unended = sa.func.sum(sa.case((CALLS.c.ended, 0), else_=1))
        sums = (
            sa.func.count().label("calls"),
            unended.label("unended"),
            sa.func.sum(CALLS.c.tokens).label("tokens"),
            sa.func.sum(CALLS.c.cost).label("cost"),
        )
        query = (
            sa.select(*by, *sums).where(CALLS.c.at >= since).group_by(*by).order_by(sa.text("day"))
        )
        return [
            CallSum(
                int(each.day),
                each.job,
                each.repo,
                int(each.person),
                each.tier,
                int(each.calls),
                int(each.unended),
                int(each.tokens),
                float(each.cost),
            )
            for each in self._read(query)
        ]

    def _read(self, query: sa.Select[Any]) -> Sequence[Any]:
        with self.engine.connect() as db:
            return db.execute(query).all()
