"""How much of a queue waits and runs, read from DBOS's own table."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.storage.database import open_database, sqlite_url
from bot.storage.queue_tables import QueueCount, count_works


def test_without_any_queue_nothing_waits(tmp_path: Path) -> None:
    assert count_works(open_database(sqlite_url(tmp_path)), ["builds"]) == []


@pytest.mark.slow
def test_what_waits_and_what_runs_is_counted_with_its_oldest(tmp_path: Path) -> None:
    """Nothing that has ended, and nothing of another queue."""
    from dbos._schemas.system_database import SystemSchema  # noqa: PLC0415  # takes a second

    engine = open_database(sqlite_url(tmp_path))
    works = SystemSchema.workflow_status.to_metadata(sa.MetaData(), schema=None)
    rows = [
        ("a", "ENQUEUED", "builds", 5_000),
        ("b", "ENQUEUED", "builds", 4_000),
        ("c", "PENDING", "builds", 3_000),
        ("d", "SUCCESS", "builds", 1_000),
        ("e", "ENQUEUED", "another", 1_000),
        ("f", "ENQUEUED", "plans", 6_500),
    ]
    # What else has to be there, and does not matter here.
    given = {"workflow_uuid", "status", "queue_name", "created_at"}
    others = {each.name: 0 for each in works.c if not each.nullable and each.name not in given}
    names = ("workflow_uuid", "status", "queue_name", "created_at")
    with engine.begin() as db:
        works.create(db)
        db.execute(
            sa.insert(works),
            [dict(zip(names, row, strict=True)) | others for row in rows],
        )
    assert set(count_works(engine, ["plans", "builds"])) == {
        QueueCount("builds", is_running=False, works=2, since=4.0),
        QueueCount("builds", is_running=True, works=1, since=3.0),
        QueueCount("plans", is_running=False, works=1, since=6.5),
    }
