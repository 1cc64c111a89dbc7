"""Rounds of attempts at files and checks, passed or not, whatever task they were for."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field

import sqlalchemy as sa

from bot.storage.database import on_conflict_nothing
from bot.storage.lost_connection import wait_while_lost
from bot.storage.tables import STRIKES


@dataclass(frozen=True, slots=True)
class Strike:
    """One round of attempts. `name` is a file's or a check's, `scope` since when they are counted.

    `at` is in seconds since 1970.
    """

    scope: str
    name: str
    job: str
    run: int
    task: str
    round: int
    at: float = field(compare=False)
    passed: bool = False


@dataclass(frozen=True, slots=True)
class StrikeStore:
    engine: sa.Engine

    @wait_while_lost
    def note(self, strikes: Iterable[Strike]) -> None:
        """Noted again after a kill they change nothing; a round that passed stays one."""
        rows = [asdict(each) for each in strikes]
        with self.engine.begin() as db:
            for row in rows:
                db.execute(on_conflict_nothing(self.engine, STRIKES), row)
                if row["passed"]:
                    same = sa.and_(*(STRIKES.c[name] == row[name] for name in _KEY))
                    db.execute(sa.update(STRIKES).where(same).values(passed=True, at=row["at"]))

    @wait_while_lost
    def list_failed(self, scope: str, name: str) -> Sequence[Strike]:
        """Those since the newest one that passed, oldest first."""
        query = sa.select(STRIKES).where(STRIKES.c.scope == scope, STRIKES.c.name == name)
        order = (STRIKES.c.at, STRIKES.c.job, STRIKES.c.run, STRIKES.c.task, STRIKES.c.round)
        with self.engine.connect() as db:
            found = [Strike(**row) for row in db.execute(query.order_by(*order)).mappings()]
        last = max((number for number, each in enumerate(found) if each.passed), default=-1)
        return found[last + 1 :]


_KEY = ("scope", "name", "job", "run", "task", "round")
