"""What people are to be told, by channel: noted before it is sent, so that no kill loses it.

A row's key names the need, so the same one is noted once whatever restarts and whoever leads. What
goes out together is a batch, written down before it is sent: sent again after a kill, it has the
same id.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import sqlalchemy as sa

from bot.storage.database import on_conflict_nothing, split_keys
from bot.storage.leader import Term
from bot.storage.lost_connection import repeat_if_lost
from bot.storage.tables import NOTIFICATIONS

NotificationKind = Literal["needed", "night_over"]


class NotificationState(StrEnum):
    """`dropped`: a person had answered before it was sent, or there was nothing to tell."""

    WAITING = "waiting"
    SENT = "sent"
    DROPPED = "dropped"
    GIVEN_UP = "given up"


@dataclass(frozen=True, slots=True)
class Notification:
    """`at` is when it was noted and `due` when it may be sent, both in seconds since 1970.

    `body` is the text of what is not told by the tickets themselves. `tries` failed so far, the
    last for the reason `said`.
    """

    key: str
    channel: str
    kind: NotificationKind
    at: float
    body: str = ""
    state: NotificationState = NotificationState.WAITING
    batch: str = ""
    tries: int = 0
    due: float = 0.0
    said: str = ""


_COLUMNS = tuple(NOTIFICATIONS.c)


@dataclass(frozen=True, slots=True)
class NotificationStore:
    """With a `term` each write is refused with TakenOverError once another process leads."""

    engine: sa.Engine
    term: Term | None = None
    _known: set[tuple[str, str]] = field(default_factory=set)

    def require_lease(self) -> None:
        """Before something is sent: raises TakenOverError where another process leads."""
        if self.term:
            self.term.require_now()

    def note(self, rows: Iterable[Notification]) -> None:
        """Write down those that are not there yet, in whatever state those that are have."""
        new = [row for row in rows if (row.key, row.channel) not in self._known]
        if new:
            self._insert(new)
            self._known.update((row.key, row.channel) for row in new)

    @repeat_if_lost
    def _insert(self, rows: Sequence[Notification]) -> None:
        values = [{column.name: getattr(row, column.name) for column in _COLUMNS} for row in rows]
        with self._writing() as db:
            db.execute(on_conflict_nothing(self.engine, NOTIFICATIONS), values)

    @repeat_if_lost
    def list_waiting(self) -> list[Notification]:
        """The oldest first."""
        waiting = NOTIFICATIONS.c.state == NotificationState.WAITING
        query = sa.select(*_COLUMNS).where(waiting)
        order = (NOTIFICATIONS.c.at, NOTIFICATIONS.c.key)
        with self.engine.connect() as db:
            return [_read(row) for row in db.execute(query.order_by(*order))]

    @repeat_if_lost
    def list_newest(self, most: int) -> list[Notification]:
        query = sa.select(*_COLUMNS).order_by(NOTIFICATIONS.c.at.desc(), NOTIFICATIONS.c.key)
        with self.engine.connect() as db:
            return [_read(row) for row in db.execute(query.limit(most))]

    @repeat_if_lost
    def find_newest(self, kind: NotificationKind) -> float:
        """When one of this kind that had something to tell was noted last; 0 for never."""
        told = NOTIFICATIONS.c.state != NotificationState.DROPPED
        query = sa.select(sa.func.max(NOTIFICATIONS.c.at))
        with self.engine.connect() as db:
            return float(db.execute(query.where(NOTIFICATIONS.c.kind == kind, told)).scalar() or 0)

    @repeat_if_lost
    def is_known(self, key: str) -> bool:
        query = sa.select(NOTIFICATIONS.c.key).where(NOTIFICATIONS.c.key == key).limit(1)
        with self.engine.connect() as db:
            return db.execute(query).first() is not None

    def begin_batch(self, rows: Sequence[Notification], batch: str) -> None:
        self._change(rows, batch=batch)

    def settle(self, rows: Sequence[Notification], state: NotificationState) -> None:
        self._change(rows, state=state)

    def postpone(self, rows: Sequence[Notification], due: float, said: str) -> None:
        """It failed, for the reason `said`."""
        self._change(rows, tries=max(row.tries for row in rows) + 1, due=due, said=said)

    @repeat_if_lost
    def delete_settled(self, before: float, but: Collection[str]) -> None:
        """Those noted before that time, without those whose keys are still needed."""
        settled = NOTIFICATIONS.c.state != NotificationState.WAITING
        old = sa.select(NOTIFICATIONS.c.key).where(settled, NOTIFICATIONS.c.at < before)
        with self.engine.connect() as db:
            keys = [key for key in db.execute(old.distinct()).scalars() if key not in but]
        for some in split_keys(keys):
            with self._writing() as db:
                db.execute(sa.delete(NOTIFICATIONS).where(NOTIFICATIONS.c.key.in_(some)))
        self._known.clear()

    @repeat_if_lost
    def _change(self, rows: Sequence[Notification], **values: str | float) -> None:
        for keys in split_keys([row.key for row in rows]):
            same = sa.and_(
                NOTIFICATIONS.c.key.in_(keys), NOTIFICATIONS.c.channel == rows[0].channel
            )
            with self._writing() as db:
                db.execute(sa.update(NOTIFICATIONS).where(same).values(**values))

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with self.engine.begin() as db:
            yield db
            if self.term:
                self.term.require(db)


def _read(row: sa.Row[tuple[object, ...]]) -> Notification:
    values = dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's own name for a public part of it
    return Notification(**{**values, "state": NotificationState(values["state"])})
