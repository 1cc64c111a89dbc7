"""What happened in a span of time: rows of tickets, jobs, attempts and calls, and none else."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.storage.database import split_keys
from bot.storage.overview import EVERYTHING, Visible, only_visible
from bot.storage.tables import ATTEMPTS, CALLS, JOBS, TICKETS
from bot.ticket.stages import Stage, is_over
from bot.ticket.stored_form import read_json

_NAMES = ("key", "repo", "issue", "title", "stage", "situation", "attention", "pull", "changed")
_COLUMNS: list[sa.Column[Any]] = [
    TICKETS.c["repo_name" if name == "repo" else name] for name in _NAMES
]
_TOLD = (Stage.BLOCKED.value, Stage.REVIEW.value)
"""Of which more is told than lists have."""
_GOING_ON = [stage.value for stage in Stage if not is_over(stage)]


@dataclass(frozen=True, slots=True)
class SpanTicket:
    """An issue's job, as lists have it. `changed` is when it was written, in seconds since 1970.

    `why` and `pushed_at` are known of those alone that were written since the span began.
    """

    key: str
    repo: str
    issue: int
    title: str
    stage: Stage
    situation: str
    attention: str
    pull: int
    changed: float
    why: str = ""
    pushed_at: float = 0.0

    @property
    def name(self) -> str:
        return f"{self.repo}#{self.issue}"

    @property
    def is_blocked(self) -> bool:
        return self.stage is Stage.BLOCKED and self.situation != "paused"


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
    tier: str = ""


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
    """From `since` until before `until`; `tickets` are those that ended well then or wait now.

    `attempted` are those that attempts were made for then, by key.
    """

    tickets: Sequence[SpanTicket]
    jobs: Sequence[LocalJob]
    attempts: Sequence[SpanAttempt]
    calls: Sequence[SpanCalls]
    attempted: Mapping[str, SpanTicket]


def read_span(engine: sa.Engine, since: float, until: float, visible: Visible = EVERYTHING) -> Span:
    """In one short transaction; of repositories that may be seen."""
    with engine.connect() as db:
        attempts = _read_attempts(db, since, until, visible)
        return Span(
            _read_tickets(db, since, until, visible),
            _read_jobs(db, since, until) if visible.repos is None else (),
            attempts,
            _sum_calls(db, since, until, visible),
            _read_attempted(db, {each.ticket for each in attempts} - {""}, visible),
        )


def _read_tickets(
    db: sa.Connection, since: float, until: float, visible: Visible
) -> list[SpanTicket]:
    ended = TICKETS.c.stage.in_([Stage.MERGED.value, Stage.SETTLED.value])
    merged = sa.and_(ended, _within(TICKETS.c.changed, since, until))
    # Not "unequal", for which no index is read.
    going_on = sa.and_(TICKETS.c.stage.in_(_GOING_ON), TICKETS.c.attention > "")
    # Bodies are parsed of those alone that were written since then: a head was pushed before that.
    is_told = sa.and_(TICKETS.c.stage.in_(_TOLD), TICKETS.c.changed >= since)
    body = sa.case((is_told, TICKETS.c.body), else_="").label("body")
    query = sa.select(*_COLUMNS, body).where(*only_visible(visible, TICKETS.c.repo))
    rows = [row for which in (merged, going_on) for row in db.execute(query.where(which))]
    return [_to_ticket(row) for row in sorted(rows, key=lambda row: (row.changed, row.key))]


def _to_ticket(row: Any) -> SpanTicket:  # noqa: ANN401  # a row of these columns and a body
    *columns, body = row
    known = dict(zip(_NAMES, columns, strict=True)) | {"stage": Stage(row.stage)}
    ticket = read_json(row.key, body) if body else None
    if ticket is None:
        return SpanTicket(**known)
    return SpanTicket(**known, why=ticket.why, pushed_at=ticket.remote.pushed_at)


def _read_attempted(
    db: sa.Connection, keys: Collection[str], visible: Visible
) -> dict[str, SpanTicket]:
    nothing = sa.literal("").label("body")
    # Not one that a later release put into a stage of its own.
    known = TICKETS.c.stage.in_(list(Stage))
    query = sa.select(*_COLUMNS, nothing).where(known, *only_visible(visible, TICKETS.c.repo))
    rows = [
        row
        for some in split_keys(sorted(keys))
        for row in db.execute(query.where(TICKETS.c.key.in_(some)))
    ]
    return {row.key: _to_ticket(row) for row in rows}


def _read_jobs(db: sa.Connection, since: float, until: float) -> list[LocalJob]:
    columns = (JOBS.c.id, JOBS.c.title, JOBS.c.branch, JOBS.c.state)
    own = sa.and_(JOBS.c.ticket == "", _within(JOBS.c.changed, since, until))
    query = sa.select(*columns).where(own).order_by(JOBS.c.changed, JOBS.c.id)
    return [LocalJob(*row) for row in db.execute(query)]


def _read_attempts(
    db: sa.Connection, since: float, until: float, visible: Visible
) -> list[SpanAttempt]:
    columns = [ATTEMPTS.c[name] for name in ("job", "task", "run", "number", "outcome", "tier")]
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
            row.job,
            *names.get(row.job, ("", "")),
            row.task,
            row.run,
            row.number,
            row.outcome,
            row.tier,
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
