"""Reads the scheduler's view from a database on which other processes serve and work."""

import time
from typing import TYPE_CHECKING

from bot.storage.database import open_database
from bot.storage.leader import LeaderLease
from bot.storage.queue_tables import has_queues
from bot.storage.workers import WorkerStore
from runners.queues.schedule import Schedule, read_schedule

if TYPE_CHECKING:
    import sqlalchemy as sa


def open_schedule(url: str) -> Schedule:
    """Nothing is in it where nobody ever served on that database."""
    engine = open_database(url)
    try:
        return load_schedule(engine, url, time.time())
    finally:
        engine.dispose()


def load_schedule(engine: "sa.Engine", url: str, now: float) -> Schedule:
    """`engine` and `url` are of one database; `now` is in seconds since 1970."""
    works = []
    if has_queues(engine):
        from runners.queues.dbos_queue import list_unfinished  # noqa: PLC0415  # DBOS: 0.7 s

        works = list_unfinished(url)
    return read_schedule(works, WorkerStore(engine), LeaderLease(engine, "", ""), now)
