"""Lists over all jobs, those of issues and of the command line alike, for a page at a time.

They read columns alone, never a ticket's or an attempt's whole row, so that ten thousand jobs
take no longer than ten.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import sqlalchemy as sa

from bot.storage.tables import ATTEMPTS, CALLS, JOBS, TICKETS, WORKERS
from bot.ticket.situation import Situation
from bot.ticket.stored_form import from_json

KEPT_ATTENTION_SECONDS = 7 * 86_400.0
"""How long a job of the command line that did not pass is pointed at."""
MAX_SEARCH_CHARACTERS = 200
_FAILED = ("blocked", "failed")
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

    `began_before` continues a list, in seconds since 1970.
    """

    text: str = ""
    repo: str = ""
    situations: frozenset[Situation] = field(default_factory=frozenset)
    began_before: float = 0.0


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
        both = _both(visible)
        query = sa.select(both).where(*_conditions(both, wanted))
        return self._read(query.order_by(both.c.began.desc(), both.c.key).limit(limit))

    def list_attention(self, visible: Visible, now: float, limit: int = 100) -> list[JobLine]:
        """What waits for a person, the longest wait first."""
        both = _both(visible)
        recent = sa.or_(both.c.kind == "ticket", both.c.changed > now - KEPT_ATTENTION_SECONDS)
        query = sa.select(both).where(both.c.attention != "", recent)
        return self._read(query.order_by(both.c.changed, both.c.key).limit(limit))

    def list_running_local(self, limit: int) -> list[JobLine]:
        """Jobs of the command line that did not end, the newest first: built now, or stopped."""
        both = _both(EVERYTHING)
        is_open = sa.and_(both.c.kind == "job", both.c.situation == "running")
        query = sa.select(both).where(is_open)
        return self._read(query.order_by(both.c.began.desc(), both.c.key).limit(limit))

    def count_attention(self, visible: Visible, now: float) -> int:
        both = _both(visible)
        recent = sa.or_(both.c.kind == "ticket", both.c.changed > now - KEPT_ATTENTION_SECONDS)
        query = sa.select(sa.func.count()).select_from(both).where(both.c.attention != "", recent)
        with self.engine.connect() as db:
            return int(db.execute(query).scalar_one())

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

    def list_github_repos(self, visible: Visible) -> list[RepoLine]:
        newest = sa.select(sa.func.max(TICKETS.c.changed)).where(
            *only_visible(visible, TICKETS.c.repo)
        )
        query = sa.select(TICKETS.c.body).where(
            TICKETS.c.changed.in_(newest.group_by(TICKETS.c.repo))
        )
        with self.engine.connect() as db:
            wheres = [
                from_json(body).where
                for (body,) in db.execute(query.where(*only_visible(visible, TICKETS.c.repo)))
            ]
        lines = {w.repo_id: RepoLine(w.repo_id, w.repo, w.default_branch) for w in wheres}
        return sorted(lines.values(), key=lambda line: line.name)

    def _read(self, query: sa.Select[Any]) -> list[JobLine]:
        with self.engine.connect() as db:
            rows = db.execute(query).all()
            spent = _sum_calls(db, [row.key for row in rows])
        return [_to_line(row, *spent.get(row.key, (0, 0.0))) for row in rows]


def _both(visible: Visible) -> sa.Subquery:
    tickets = sa.select(
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
    ).where(*only_visible(visible, TICKETS.c.repo))
    if visible.repos is not None:
        return tickets.subquery()
    nothing = sa.literal(0)
    jobs = sa.select(
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
    return tickets.union_all(jobs).subquery()


def only_visible(visible: Visible, repo: sa.ColumnElement[str]) -> list[sa.ColumnElement[bool]]:
    """The condition on a column with the ids of repositories; none where all may be seen."""
    return [] if visible.repos is None else [repo.in_(sorted(visible.repos))]


def _conditions(both: sa.Subquery, wanted: JobFilter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if text := wanted.text.strip()[:MAX_SEARCH_CHARACTERS]:
        # What has a meaning in LIKE is taken as it stands:
        # https://docs.sqlalchemy.org/en/20/core/sqlelement.html#sqlalchemy.sql.expression.ColumnOperators.icontains
        looked_in = (both.c.title, both.c.repo, both.c.key)
        found.append(sa.or_(*(column.icontains(text, autoescape=True) for column in looked_in)))
    if wanted.repo:
        found.append(both.c.repo == wanted.repo)
    if wanted.situations:
        found.append(both.c.situation.in_(sorted(wanted.situations)))
    if wanted.began_before:
        found.append(both.c.began < wanted.began_before)
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
        row.title,
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
