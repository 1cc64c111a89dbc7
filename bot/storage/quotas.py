"""Which models have nothing left of a provider's quota, and until when: for every machine."""

from dataclasses import dataclass

import sqlalchemy as sa

from bot.storage.database import on_conflict_nothing
from bot.storage.lost_connection import repeat_if_lost, wait_while_lost
from bot.storage.tables import QUOTAS


@dataclass(frozen=True, slots=True)
class UsedUp:
    """`until` is in seconds since 1970."""

    model: str
    until: float
    why: str


@dataclass(frozen=True, slots=True)
class QuotaStore:
    """A quota is known by a name that says whose it is, see `runners.spending`."""

    engine: sa.Engine

    @wait_while_lost
    def find(self, name: str, now: float) -> UsedUp | None:
        """None where there is some left, as far as anybody knows."""
        query = sa.select(QUOTAS.c.model, QUOTAS.c.until, QUOTAS.c.why)
        with self.engine.connect() as db:
            row = db.execute(query.where(QUOTAS.c.name == name, QUOTAS.c.until > now)).first()
        return UsedUp(*row) if row else None

    @wait_while_lost
    def note(self, name: str, used_up: UsedUp) -> None:
        """What was noted last holds: the provider may have changed its mind."""
        values = {"model": used_up.model, "until": used_up.until, "why": used_up.why}
        with self.engine.begin() as db:
            db.execute(on_conflict_nothing(self.engine, QUOTAS), {"name": name, **values})
            db.execute(sa.update(QUOTAS).where(QUOTAS.c.name == name).values(values))

    @wait_while_lost
    def forget(self, name: str) -> None:
        with self.engine.begin() as db:
            db.execute(sa.delete(QUOTAS).where(QUOTAS.c.name == name))

    @repeat_if_lost
    def list_used_up(self, now: float) -> list[UsedUp]:
        """The one that is free again first comes first."""
        query = sa.select(QUOTAS.c.model, QUOTAS.c.until, QUOTAS.c.why)
        with self.engine.connect() as db:
            found = db.execute(query.where(QUOTAS.c.until > now).order_by(QUOTAS.c.until))
            return [UsedUp(*row) for row in found]
