"""Lists over all jobs, those of issues and of the command line alike, for a page at a time.

They read columns alone, never a ticket's or an attempt's whole row, and of each kind of job no more
than a page has, so that ten thousand jobs take no longer than ten.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import sqlalchemy as sa

from bot.job_states import JobState, is_settled
from bot.storage.tables import ATTEMPTS, CALLS, JOBS, TICKETS, WORKERS
from bot.ticket.situation import Situation
from bot.ticket.stored_form import read_json

KEPT_ATTENTION_SECONDS = 7 * 86_400.0
"""How long a job of the command line that did not pass is pointed at."""
MAX_SEARCH_CHARACTERS = 200
MAX_TITLE_CHARACTERS = 200
"""Of a title in a list; a plan's may have 64 kB."""
_FAILED = ("blocked", "failed")
_OPEN = tuple(state.value for state in JobState if not is_settled(state))
_SETTLED: dict[str, Situation] = {
    "passed": "passed",
    "blocked": "blocked",
    "failed": "failed",
    "cancelled": "cancelled",
}


@dataclass(frozen=True, slots=True)
class Visible:
    """Which jobs may be seen: those of these repositories, by their ids; None for all there are.

    Jobs of the command line are the machine owner's, so they are seen with None alone.
    """

    repos: frozenset[str] | None = frozenset()


EVERYTHING = Visible(None)


@dataclass(frozen=True, slots=True)
class JobFilter:
    """What is looked for: `text` in titles and names, `repo` as people write it.

    `after` continues a list: `began` and `key` of its last line, in seconds since 1970.
    """

    text: str = ""
    repo: str = ""
    situations: frozenset[Situation] = field(default_factory=frozenset)
    after: tuple[float, str] | None = None


@dataclass(frozen=True, slots=True)
class JobLine:
    """`key` is a ticket's key, or a job's id. `attention` is why a person has to look, in a word.

    `repo` is its name on GitHub, or its folder. A job of the command line has no `issue`, and
    whether one that did not end is running or stopped its folder knows.
    """

    key: str
    kind: Literal["ticket", "job"]
    repo_key: str
    repo: str
    title: str
    stage: str
    situation: Situation
    attention: str
    began: float
    changed: float
    issue: int = 0
    pull: int = 0
    tokens: int = 0
    cost: float = 0.0

    @property
    def name(self) -> str:
        """As `bricklayer show` takes it."""
        return f"{self.repo}#{self.issue}" if self.kind == "ticket" else self.key


@dataclass(frozen=True, slots=True)
class RepoLine:
    """A repository on GitHub that has jobs, as the newest of them knows it."""

    id: int
    name: str
    default_branch: str


@dataclass(frozen=True, slots=True)
class Overview:
    """Each method reads in one short transaction; none writes."""

    engine: sa.Engine

    def read_pulse(self) -> tuple[object, ...]:
        """Something else whenever a job, an attempt or a worker's activity has changed."""
        newest = (
            sa.select(sa.func.max(TICKETS.c.changed)).scalar_subquery(),
            sa.select(sa.func.max(JOBS.c.changed)).scalar_subquery(),
            sa.select(sa.func.max(ATTEMPTS.c.at)).scalar_subquery(),
        )
        workers = sa.select(WORKERS.c.executor, WORKERS.c.activity, WORKERS.c.running)
        with self.engine.connect() as db:
            found = tuple(db.execute(sa.select(*newest)).one())
            return (*found, *map(tuple, db.execute(workers.order_by(WORKERS.c.executor))))

    def list_jobs(
        self,
        visible: Visible,
        wanted: JobFilter = JobFilter(),  # frozen
        limit: int = 50,
    ) -> list[JobLine]:
        """The newest first, with what their calls to models have cost."""
        return self._read(
            [jobs.where(*_conditions(jobs, wanted)) for jobs in _list_kinds(visible)],
            lambda jobs: (jobs.began.desc(), jobs.key),
            limit,
        )

    def list_attention(self, visible: Visible, now: float, limit: int = 100) -> list[JobLine]:
        """What waits for a person, the longest wait first."""
        tickets, *jobs = _list_kinds(visible)
        # Not "unequal", for which no index is read.
        waiting = [tickets.where(TICKETS.c.attention > "")]
        recent = JOBS.c.changed > now - KEPT_ATTENTION_SECONDS
        waiting += [each.where(JOBS.c.state.in_(_FAILED), recent) for each in jobs]
        return self._read(waiting, lambda jobs: (jobs.changed, jobs.key), limit)

    def list_running_local(self, limit: int) -> list[JobLine]:
        """Jobs of the command line that did not end, the newest first: built now, or stopped."""
        is_open = JOBS.c.state.in_(_OPEN)
        return self._read(
            [_list_local().where(is_open)], lambda jobs: (jobs.began.desc(), jobs.key), limit
        )

    def list_repos(self, visible: Visible) -> list[str]:
        """Names of repositories that have jobs, for a choice among them."""
        tickets = (
            sa.select(TICKETS.c.repo_name.label("repo"))
            .where(*only_visible(visible, TICKETS.c.repo))
            .distinct()
        )
        query = tickets
        if visible.repos is None:
            jobs = sa.select(JOBS.c.repo.label("repo")).where(JOBS.c.ticket == "").distinct()
            query = tickets.union(jobs)  # type: ignore[assignment]  # both are read alike
        with self.engine.connect() as db:
            return sorted(str(name) for (name,) in db.execute(query))

    def list_github_repos(self, visible: Visible) -> dict[str, str]:
        """Newest names of repositories on GitHub that have jobs, by their ids."""
        newest = sa.func.max(TICKETS.c.changed)
        query = sa.select(TICKETS.c.repo, TICKETS.c.repo_name, newest)
        query = query.where(*only_visible(visible, TICKETS.c.repo))
        with self.engine.connect() as db:
            found = db.execute(query.group_by(TICKETS.c.repo, TICKETS.c.repo_name)).all()
        # With one of a repository's names goes when it had it last.
        return {repo: name for repo, name, _ in sorted(found, key=lambda row: row[2])}

    def find_github_repo(self, visible: Visible, repo: str) -> RepoLine | None:
        """By its id, as its newest job knows it."""
        query = sa.select(TICKETS.c.key, TICKETS.c.body).where(TICKETS.c.repo == repo)
        query = query.where(*only_visible(visible, TICKETS.c.repo))
        with self.engine.connect() as db:
            row = db.execute(query.order_by(TICKETS.c.changed.desc()).limit(1)).first()
        ticket = read_json(*row) if row else None
        if ticket is None:
            return None
        where = ticket.where
        return RepoLine(where.repo_id, where.repo, where.default_branch)

    def _read(
        self,
        kinds: Sequence[sa.Select[Any]],
        order: Callable[[Any], tuple[sa.ColumnElement[Any], ...]],
        limit: int,
    ) -> list[JobLine]:
        """The first of each kind, which an index finds, and of those the first."""
        first = []
        for jobs in kinds:
            part = jobs.order_by(*order(jobs.selected_columns)).limit(limit)
            # SQLite sorts no part of a union by itself: https://www.sqlite.org/lang_select.html#orderby
            first.append(sa.select(part.subquery()))
        both = sa.union_all(*first).subquery()
        query = sa.select(both).order_by(*order(both.c)).limit(limit)
        with self.engine.connect() as db:
            rows = db.execute(query).all()
            spent = _sum_calls(db, [row.key for row in rows])
        return [_to_line(row, *spent.get(row.key, (0, 0.0))) for row in rows]


def _list_kinds(visible: Visible) -> list[sa.Select[Any]]:
    """Of issues and of the command line, with the same columns."""
    tickets = _list_tickets().where(*only_visible(visible, TICKETS.c.repo))
    return [tickets] if visible.repos is not None else [tickets, _list_local()]


def _list_tickets() -> sa.Select[Any]:
    return sa.select(
        TICKETS.c.key,
        sa.literal("ticket").label("kind"),
        TICKETS.c.repo.label("repo_key"),
        TICKETS.c.repo_name.label("repo"),
        TICKETS.c.title,
        TICKETS.c.stage,
        TICKETS.c.situation,
        TICKETS.c.attention,
        TICKETS.c.labelled_at.label("began"),
        TICKETS.c.changed,
        TICKETS.c.issue,
        TICKETS.c.pull,
    )


def _list_local() -> sa.Select[Any]:
    nothing = sa.literal(0)
    return sa.select(
        JOBS.c.id.label("key"),
        sa.literal("job").label("kind"),
        sa.literal("").label("repo_key"),
        JOBS.c.repo,
        JOBS.c.title,
        JOBS.c.state.label("stage"),
        sa.case(_SETTLED, value=JOBS.c.state, else_="running").label("situation"),
        sa.case((JOBS.c.state.in_(_FAILED), "blocked"), else_="").label("attention"),
        JOBS.c.started.label("began"),
        JOBS.c.changed,
        nothing.label("issue"),
        nothing.label("pull"),
    ).where(JOBS.c.ticket == "")


def only_visible(visible: Visible, repo: sa.ColumnElement[str]) -> list[sa.ColumnElement[bool]]:
    """The condition on a column with the ids of repositories; none where all may be seen."""
    return [] if visible.repos is None else [repo.in_(sorted(visible.repos))]


def _conditions(jobs: sa.Select[Any], wanted: JobFilter) -> list[sa.ColumnElement[bool]]:
    columns = jobs.selected_columns
    found: list[sa.ColumnElement[bool]] = []
    if text := wanted.text.strip()[:MAX_SEARCH_CHARACTERS]:
        # What has a meaning in LIKE is taken as it stands:
        # https://docs.sqlalchemy.org/en/20/core/sqlelement.html#sqlalchemy.sql.expression.ColumnOperators.icontains
        looked_in = (columns.title, columns.repo, columns.key)
        found.append(sa.or_(*(column.icontains(text, autoescape=True) for column in looked_in)))
    if wanted.repo:
        found.append(columns.repo == wanted.repo)
    if wanted.situations:
        found.append(columns.situation.in_(sorted(wanted.situations)))
    if wanted.after:
        # Several may have begun at the same time; the first condition is what an index is read by.
        began, key = wanted.after
        later = sa.or_(columns.began < began, columns.key > key)
        found += [columns.began <= began, later]
    return found


def _sum_calls(db: sa.Connection, keys: Collection[str]) -> dict[str, tuple[int, float]]:
    sums = (sa.func.sum(CALLS.c.tokens), sa.func.sum(CALLS.c.cost))
    query = sa.select(CALLS.c.job, *sums).where(CALLS.c.job.in_(keys)).group_by(CALLS.c.job)
    return {job: (int(tokens or 0), float(cost or 0.0)) for job, tokens, cost in db.execute(query)}


def _to_line(row: sa.Row[Any], tokens: int, cost: float) -> JobLine:
    return JobLine(
        row.key,
        row.kind,
        row.repo_key,
        row.repo,
        row.title[:MAX_TITLE_CHARACTERS],
        row.stage,
        cast("Situation", row.situation),
        row.attention,
        float(row.began),
        float(row.changed),
        int(row.issue),
        int(row.pull),
        tokens,
        cost,
    )
