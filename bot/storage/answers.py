"""What models answered in work that is not over, by all that was asked: on any machine, once."""

from dataclasses import dataclass

import sqlalchemy as sa

from bot.storage.database import on_conflict_nothing
from bot.storage.lost_connection import repeat_if_lost, wait_while_lost
from bot.storage.tables import ANSWERS

MAX_BODY_BYTES = 1 << 20
"""A longer answer is not kept: it would be paid for again after a kill."""
MAX_PER_JOB = 1_000
"""Of more, the oldest go."""


@dataclass(frozen=True, slots=True)
class AnswerStore:
    """`job` is a payer's; `asked` is a hash of all that was asked of which models."""

    engine: sa.Engine

    @wait_while_lost
    def find(self, job: str, asked: str) -> bytes:
        """Empty where it has not been answered."""
        query = sa.select(ANSWERS.c.body).where(ANSWERS.c.job == job, ANSWERS.c.asked == asked)
        with self.engine.connect() as db:
            return bytes(db.execute(query).scalar() or b"")

    @wait_while_lost
    def keep(self, job: str, asked: str, body: bytes, now: float) -> None:
        if len(body) > MAX_BODY_BYTES:
            return
        row = {"job": job, "asked": asked, "at": now, "body": body}
        newest = (
            sa.select(ANSWERS.c.asked)
            .where(ANSWERS.c.job == job)
            .order_by(ANSWERS.c.at.desc(), ANSWERS.c.asked)
            .limit(MAX_PER_JOB)
        )
        with self.engine.begin() as db:
            db.execute(on_conflict_nothing(self.engine, ANSWERS), row)
            kept = ANSWERS.c.asked.in_(newest.scalar_subquery())
            db.execute(sa.delete(ANSWERS).where(ANSWERS.c.job == job, ~kept))

    @repeat_if_lost
    def forget(self, job: str) -> None:
        """The work is over, and its result is kept elsewhere."""
        with self.engine.connect() as db:
            if db.execute(sa.select(ANSWERS.c.asked).where(ANSWERS.c.job == job)).first() is None:
                return
        with self.engine.begin() as db:
            db.execute(sa.delete(ANSWERS).where(ANSWERS.c.job == job))
