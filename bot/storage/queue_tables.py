"""Whether DBOS keeps its queues in our database, and has made all of their tables."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

_LATE_COLUMN = "creator_xid"
"""Of `workflow_status`: the last that DBOS 3.4 adds (dbos/_migration.py)."""


def has_queues(engine: sa.Engine) -> bool:
    """Whether a server or a worker was ever started on it. Of PostgreSQL they have a schema.

    Not yet where one is being started: DBOS makes its tables one by one, this one early.
    https://docs.dbos.dev/explanations/system-tables
    """
    schema = None if engine.dialect.name == "sqlite" else "dbos"
    found = sa.inspect(engine)
    if not found.has_table("workflow_status", schema=schema):
        return False
    columns = {each["name"] for each in found.get_columns("workflow_status", schema=schema)}
    return _LATE_COLUMN in columns


@dataclass(frozen=True, slots=True)
class QueueCount:
    """How much of one queue waits, or runs; `since` is the oldest of it, in seconds since 1970."""

    queue: str
    is_running: bool
    works: int
    since: float


def count_works(engine: sa.Engine, queues: Sequence[str]) -> list[QueueCount]:
    """What has not ended. Nothing where no queue was ever made."""
    if not has_queues(engine):
        return []
    names = ("queue_name", "status", "created_at")
    schema = None if engine.dialect.name == "sqlite" else "dbos"
    works = sa.table("workflow_status", *map(sa.column, names), schema=schema)
    query = (
        sa.select(
            works.c.queue_name, works.c.status, sa.func.count(), sa.func.min(works.c.created_at)
        )
        .where(works.c.status.in_(("ENQUEUED", "PENDING")), works.c.queue_name.in_(queues))
        .group_by(works.c.queue_name, works.c.status)
    )
    with engine.connect() as db:
        return [
            QueueCount(queue, status == "PENDING", int(count), float(oldest or 0) / 1000)
            for queue, status, count, oldest in db.execute(query)
        ]
