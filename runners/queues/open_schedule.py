"""Reads the scheduler's view from a database on which other processes serve and work."""

import time

from bot.storage.database import open_database
from bot.storage.leader import LeaderLease
from bot.storage.queue_tables import has_queues
from bot.storage.workers import WorkerStore
from runners.queues.schedule import Schedule, read_schedule


def open_schedule(url: str) -> Schedule:
    """Nothing is in it where nobody ever served on that database."""
    engine = open_database(url)
    try:
        store = WorkerStore(engine)
        works = []
        if has_queues(engine):
            from runners.queues.dbos_queue import list_unfinished  # noqa: PLC0415  # DBOS: 0.7 s

            works = list_unfinished(url)
        return read_schedule(works, store, LeaderLease(engine, "", ""), time.time())
    finally:
        engine.dispose()
