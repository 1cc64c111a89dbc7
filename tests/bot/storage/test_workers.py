"""A worker is dead once it was not heard of for three heartbeats, and learns that it was."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.storage.database import open_database
from bot.storage.tables import WORKERS
from bot.storage.workers import DEAD_AFTER_SECONDS, WorkerFacts, WorkerStore

ONE = WorkerFacts("one", "a-host", 7, 2, "1.0", ("builds", "plans"), 1 << 30, ("build:x",))
TWO = replace(ONE, executor="two", running=())


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WorkerStore]:
    is_file = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'db'}" if is_file else request.getfixturevalue("postgres")
    engine = open_database(url)
    with engine.begin() as db:
        db.execute(sa.delete(WORKERS))
    yield WorkerStore(engine)
    engine.dispose()


def fall_silent(store: WorkerStore, executor: str, seconds: float) -> None:
    named = sa.update(WORKERS).where(WORKERS.c.executor == executor)
    with store.engine.begin() as db:
        db.execute(named.values(seen=WORKERS.c.seen - seconds))


def test_a_worker_is_read_as_it_told_of_itself(store: WorkerStore) -> None:
    assert store.beat(ONE, is_first=True)
    (row,) = store.list_workers()
    assert row.facts == ONE
    assert not row.is_dead
    assert 0 <= row.silent < 5
    store.end("one")
    assert store.list_workers() == []


def test_nobody_takes_from_a_queue_only_where_all_who_live_refuse(store: WorkerStore) -> None:
    store.beat(replace(ONE, refuses="no room"), is_first=True)
    assert store.find_refusal("builds") == "no room"
    assert store.find_refusal("other") == "", "nobody would take from it"
    store.beat(TWO, is_first=True)
    assert store.find_refusal("builds") == ""
    fall_silent(store, "two", DEAD_AFTER_SECONDS + 1)
    assert store.find_refusal("builds") == "no room"
    store.beat(ONE)
    assert store.find_refusal("builds") == ""


def test_who_was_not_heard_of_is_declared_dead_to_one_caller(store: WorkerStore) -> None:
    for facts in (ONE, TWO):
        store.beat(facts, is_first=True)
    fall_silent(store, "one", DEAD_AFTER_SECONDS - 2)
    assert store.declare_dead() == []
    fall_silent(store, "one", 3)
    assert store.declare_dead() == ["one"]
    assert store.declare_dead() == []
    fall_silent(store, "one", 3 * DEAD_AFTER_SECONDS)
    with store.engine.begin() as db:  # as long ago: whoever was told of it died before it was done
        db.execute(sa.update(WORKERS).where(WORKERS.c.executor == "one").values(declared_dead=1.0))
    assert store.declare_dead() == ["one"]
    store.settle("one")
    assert store.declare_dead() == []
    dead = [row.facts.executor for row in store.list_workers() if row.is_dead]
    assert dead == ["one"]


def test_who_thaws_learns_that_it_was_declared_dead_once(store: WorkerStore) -> None:
    store.beat(ONE, is_first=True)
    fall_silent(store, "one", DEAD_AFTER_SECONDS + 1)
    store.declare_dead()
    assert not store.beat(ONE)
    assert store.beat(ONE)


def test_who_asks_is_not_dead_however_late_its_question_comes(store: WorkerStore) -> None:
    """As after an outage that held back the question, and the heartbeats before it."""
    for facts in (ONE, TWO):
        store.beat(facts, is_first=True)
        fall_silent(store, facts.executor, DEAD_AFTER_SECONDS + 1)
    assert store.declare_dead(but="one") == ["two"]
    assert store.beat(ONE)


def test_work_of_one_without_a_row_is_taken_over_too(store: WorkerStore) -> None:
    store.beat(TWO, is_first=True)
    assert store.declare_dead(["two", "gone"]) == ["gone"]


def test_a_worker_that_begins_again_is_no_thawed_one(store: WorkerStore) -> None:
    store.beat(ONE, is_first=True)
    fall_silent(store, "one", DEAD_AFTER_SECONDS + 1)
    store.declare_dead()
    assert store.beat(ONE, is_first=True)
