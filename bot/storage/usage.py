"""What was used of models since a moment: by model, by job, and by whoever used most."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import sqlalchemy as sa

from bot.spending import Spent
from bot.storage.lost_connection import repeat_if_lost
from bot.storage.overview import EVERYTHING, Visible, only_visible
from bot.storage.tables import CALLS, QUOTAS, TICKETS

_SUMS = (sa.func.sum(CALLS.c.tokens), sa.func.sum(CALLS.c.cost), sa.func.sum(CALLS.c.tokens_out))


@dataclass(frozen=True, slots=True)
class BusiestPayer:
    """Who used most: a person's id, or a repository's newest name; its path where it has none."""

    name: str
    spent: Spent


@dataclass(frozen=True, slots=True)
class UsageStore:
    """Sums of calls; each is counted with its bound while it is under way."""

    engine: sa.Engine

    @repeat_if_lost
    def sum_models(self, since: float, models: Collection[str]) -> dict[str, Spent]:
        """Of these models, as the settings name them; those that were not asked are left out."""
        query = sa.select(CALLS.c.model, *_SUMS).group_by(CALLS.c.model)
        with self.engine.connect() as db:
            rows = db.execute(query.where(CALLS.c.at >= since, CALLS.c.model.in_(models)))
            return {model: _to_spent(*sums) for model, *sums in rows}

    @repeat_if_lost
    def find_busiest(self, since: float) -> tuple[BusiestPayer | None, BusiestPayer | None]:
        """The person and the repository that used most tokens; None where none did."""
        with self.engine.connect() as db:
            person = _find_most(db, CALLS.c.person, since, CALLS.c.person > 0)
            repo = _find_most(db, CALLS.c.repo, since, CALLS.c.repo > "")
            named = _find_name(db, repo.name) if repo else ""
        return person, replace(repo, name=named or repo.name) if repo else None

    @repeat_if_lost
    def sum_jobs(
        self, since: float, until: float, visible: Visible = EVERYTHING
    ) -> dict[str, Spent]:
        """By a ticket's key or a job's id, those that used most first."""
        seen = (CALLS.c.at >= since, CALLS.c.at < until, CALLS.c.job > "")
        query = sa.select(CALLS.c.job, *_SUMS).where(*seen, *only_visible(visible, CALLS.c.repo))
        order = (_SUMS[0].desc(), CALLS.c.job)
        with self.engine.connect() as db:
            rows = db.execute(query.group_by(CALLS.c.job).order_by(*order))
            return {job: _to_spent(*sums) for job, *sums in rows}

    @repeat_if_lost
    def count_unended(self, since: float, until: float, visible: Visible = EVERYTHING) -> int:
        """Calls that were cut off, or are under way still."""
        seen = (CALLS.c.at >= since, CALLS.c.at < until, CALLS.c.ended.is_(False))
        query = sa.select(sa.func.count()).where(*seen, *only_visible(visible, CALLS.c.repo))
        with self.engine.connect() as db:
            return int(db.execute(query).scalar_one())

    @repeat_if_lost
    def list_used_up(self, since: float) -> list[tuple[str, float]]:
        """Models whose quota was used up at some time since then, each with until when."""
        with self.engine.connect() as db:
            return list(_list_used_up(db, since))


def _list_used_up(db: sa.Connection, since: float) -> Iterator[tuple[str, float]]:
    query = sa.select(QUOTAS.c.model, QUOTAS.c.until).where(QUOTAS.c.until > since)
    for model, until in db.execute(query.order_by(QUOTAS.c.until, QUOTAS.c.model)):
        yield str(model), float(until)


def _find_name(db: sa.Connection, key: str) -> str:
    query = sa.select(TICKETS.c.repo_name).where(TICKETS.c.repo == key)
    return db.execute(query.order_by(TICKETS.c.changed.desc()).limit(1)).scalar() or ""


def _find_most(
    db: sa.Connection, by: sa.Column[str], since: float, known: sa.ColumnElement[bool]
) -> BusiestPayer | None:
    query = sa.select(by, *_SUMS).where(CALLS.c.at >= since, known).group_by(by)
    row = db.execute(query.order_by(_SUMS[0].desc(), by).limit(1)).first()
    return BusiestPayer(str(row[0]), _to_spent(*row[1:])) if row else None


def _to_spent(tokens: int | None, cost: float | None, out: int | None) -> Spent:
    return Spent(int(tokens or 0), float(cost or 0.0), int(out or 0))
