"""What surprised the models that did tasks, by repository, until enough of it is the same."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.coaching.surprises import KeptSurprise, Surprise
from bot.storage.lost_connection import wait_while_lost
from bot.storage.tables import SURPRISES

Place = tuple[str, str, int, str]
"""A repository's key, a job, its run, a task."""
MAX_LISTED = 2_000
"""Of one repository, the newest."""


@dataclass(frozen=True, slots=True)
class SurpriseStore:
    engine: sa.Engine

    @wait_while_lost
    def keep(
        self, place: Place, found: Sequence[Surprise], *, own: str, model: str, at: float
    ) -> None:
        """What was kept of the task's run before is replaced."""
        repo, job, run, task = place
        key = {"job": job, "run": run, "task": task}
        rows = [
            key
            | {"line": line, "repo": repo, "at": at, "model": model, "file": own, "claimed": ""}
            | {"kind": e.kind, "subject": e.subject, "about": e.about, "words": e.words}
            for line, e in enumerate(found)
        ]
        same = sa.and_(*(SURPRISES.c[name] == value for name, value in key.items()))
        with self.engine.begin() as db:
            db.execute(sa.delete(SURPRISES).where(same))
            if rows:
                db.execute(sa.insert(SURPRISES), rows)

    @wait_while_lost
    def list_open(self, repo: str) -> list[KeptSurprise]:
        """Of a repository, the newest, and told of in no note yet; oldest first."""
        return self._list(SURPRISES.c.repo == repo, SURPRISES.c.claimed == "")

    @wait_while_lost
    def list_claimed(self, ticket: str) -> list[KeptSurprise]:
        return self._list(SURPRISES.c.claimed == ticket)

    @wait_while_lost
    def claim(self, found: Collection[KeptSurprise], ticket: str) -> None:
        """Count these for a note that this ticket proposes, and for no other one."""
        with self.engine.begin() as db:
            for each in found:
                key = {"job": each.job, "run": each.run, "task": each.task, "line": each.line}
                same = sa.and_(*(SURPRISES.c[name] == value for name, value in key.items()))
                free = SURPRISES.c.claimed == ""
                db.execute(sa.update(SURPRISES).where(same, free).values(claimed=ticket))

    def _list(self, *where: sa.ColumnElement[bool]) -> list[KeptSurprise]:
        columns = [SURPRISES.c[name] for name in KeptSurprise.__slots__]
        order = (SURPRISES.c.at.desc(), SURPRISES.c.job, SURPRISES.c.task, SURPRISES.c.line)
        query = sa.select(*columns).where(*where).order_by(*order).limit(MAX_LISTED)
        with self.engine.connect() as db:
            return [KeptSurprise(*row) for row in db.execute(query)][::-1]
