"""What happened in a span of time: rows of tickets, jobs, attempts and calls, and none else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.storage.database import split_keys
from bot.storage.overview import EVERYTHING, Visible, only_visible
from bot.storage.tables import ATTEMPTS, CALLS, JOBS, TICKETS
from bot.ticket.model import Ticket
from bot.ticket.stages import Stage, is_over
from bot.ticket.stored_form import from_json

_GOING_ON = [stage.value for stage in Stage if not is_over(stage)]


@dataclass(frozen=True, slots=True)
class ChangedTicket:
    """`changed` is when it was written last, in seconds since 1970."""

    ticket: Ticket
    changed: float


@dataclass(frozen=True, slots=True)
class TicketName:
    """How people know a ticket; `repo` is its repository's name, `pull` 0 where there is none."""

    repo: str
    issue: int
    pull: int
    title: str


@dataclass(frozen=True, slots=True)
class LocalJob:
    """A job of the command line."""

    id: str
    title: str
    branch: str
    state: str


@dataclass(frozen=True, slots=True)
class SpanAttempt:
    """One attempt; `ticket` is the key of the one it was made for, or empty."""

    job: str
    ticket: str
    title: str
    task: str
    run: int
    number: int
    outcome: str


@dataclass(frozen=True, slots=True)
class SpanCalls:
    """Calls of one tier that went to one place."""

    tier: str
    place: str
    calls: int
    tokens: int
    tokens_out: int
    cost: float


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` until before `until`; `tickets` are all that wait for a person now.

    `merged` are the keys of those merged then; `names` has them, and those of the attempts.
    """

    tickets: Sequence[ChangedTicket]
    merged: Sequence[str]
    names: Mapping[str, TicketName]
    jobs: Sequence[LocalJob]
    attempts: Sequence[SpanAttempt]
    calls: Sequence[SpanCalls]


def read_span(engine: sa.Engine, since: float, until: float, visible: Visible = EVERYTHING) -> Span:
    """In one short transaction; of repositories that may be seen."""
    with engine.connect() as db:
        merged = _list_merged(db, since, until, visible)
        attempts = _read_attempts(db, since, until, visible)
        return Span(
            _read_waiting(db, visible),
            merged,
            _read_names(db, sorted({*merged, *(each.ticket for each in attempts)})),
            _read_jobs(db, since, until) if visible.repos is None else (),
            attempts,
            _sum_calls(db, since, until, visible),
        )


def _list_merged(db: sa.Connection, since: float, until: float, visible: Visible) -> list[str]:
    merged = (TICKETS.c.stage == Stage.MERGED, _within(TICKETS.c.changed, since, until))
    query = sa.select(TICKETS.c.key).where(*merged, *only_visible(visible, TICKETS.c.repo))
    return list(db.execute(query.order_by(TICKETS.c.changed, TICKETS.c.key)).scalars())


def _read_waiting(db: sa.Connection, visible: Visible) -> list[ChangedTicket]:
    query = sa.select(TICKETS.c.body, TICKETS.c.changed).order_by(TICKETS.c.changed, TICKETS.c.key)
    waiting = (TICKETS.c.stage.in_(_GOING_ON), TICKETS.c.attention != "")
    rows = db.execute(query.where(*waiting, *only_visible(visible, TICKETS.c.repo)))
    return [ChangedTicket(from_json(row.body), row.changed) for row in rows]


def _read_names(db: sa.Connection, keys: Sequence[str]) -> dict[str, TicketName]:
    """By columns: of thousands of tickets only one of each repository is parsed, for its name."""
    columns = [TICKETS.c[name] for name in ("key", "repo", "issue", "pull", "title")]
    rows = [
        row
        for some in split_keys(keys)
        for row in db.execute(sa.select(*columns).where(TICKETS.c.key.in_(some)))
    ]
    one_of_each = {row.repo: row.key for row in rows}
    repos: dict[str, str] = {}
    for some in split_keys(list(one_of_each.values())):
        bodies = sa.select(TICKETS.c.repo, TICKETS.c.body).where(TICKETS.c.key.in_(some))
        repos |= {row.repo: from_json(row.body).where.repo for row in db.execute(bodies)}
    return {
        row.key: TicketName(repos.get(row.repo, row.repo), row.issue, row.pull, row.title)
        for row in rows
    }


def _read_jobs(db: sa.Connection, since: float, until: float) -> list[LocalJob]:
    columns = (JOBS.c.id, JOBS.c.title, JOBS.c.branch, JOBS.c.state)
    own = sa.and_(JOBS.c.ticket == "", _within(JOBS.c.changed, since, until))
    query = sa.select(*columns).where(own).order_by(JOBS.c.changed, JOBS.c.id)
    return [LocalJob(*row) for row in db.execute(query)]


def _read_attempts(
    db: sa.Connection, since: float, until: float, visible: Visible
) -> list[SpanAttempt]:
    columns = [ATTEMPTS.c[name] for name in ("job", "task", "run", "number", "outcome")]
    seen = only_visible(visible, ATTEMPTS.c.repo)
    query = sa.select(*columns).where(_within(ATTEMPTS.c.at, since, until), *seen)
    order = (ATTEMPTS.c.at, ATTEMPTS.c.job, ATTEMPTS.c.task, ATTEMPTS.c.run, ATTEMPTS.c.number)
    rows = db.execute(query.order_by(*order)).all()
    names: dict[str, tuple[str, str]] = {}
    for some in split_keys(sorted({row.job for row in rows})):
        jobs = sa.select(JOBS.c.id, JOBS.c.ticket, JOBS.c.title).where(JOBS.c.id.in_(some))
        names |= {row.id: (row.ticket, row.title) for row in db.execute(jobs)}
    return [
        SpanAttempt(
            row.job, *names.get(row.job, ("", "")), row.task, row.run, row.number, row.outcome
        )
        for row in rows
    ]


def _sum_calls(db: sa.Connection, since: float, until: float, visible: Visible) -> list[SpanCalls]:
    by = (CALLS.c.tier, CALLS.c.place)
    sums = [sa.func.sum(CALLS.c[name]) for name in ("tokens", "tokens_out", "cost")]
    seen = (_within(CALLS.c.at, since, until), *only_visible(visible, CALLS.c.repo))
    query = sa.select(*by, sa.func.count(), *sums).where(*seen)
    return [
        SpanCalls(tier, place, int(calls), int(tokens), int(out), float(cost))
        for tier, place, calls, tokens, out, cost in db.execute(query.group_by(*by).order_by(*by))
    ]


def _within(column: sa.ColumnElement[float], since: float, until: float) -> sa.ColumnElement[bool]:
    return sa.and_(column >= since, column < until)
