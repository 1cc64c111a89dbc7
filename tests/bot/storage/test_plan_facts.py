"""Who planned a task, and what was wrong with plans, is kept by either kind of database."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.storage.database import open_database
from bot.storage.plan_facts import FaultKind, PlanFact, PlanFactStore, PlannedTask

TASK = PlannedTask("7", "digest", "plan", "7#1", "fix", "a.py\nb.py", "run test", "qwen", 1.0)
FACT = PlanFact("7", "7#1", FaultKind.MISSED_FILE, "b.py", "it was left out", "plan", "qwen", 1.0)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest) -> Iterator[PlanFactStore]:
    file = f"sqlite:///{request.getfixturevalue('tmp_path')}/x.sqlite"
    sqlite = request.param == "sqlite"
    engine = open_database(file if sqlite else request.getfixturevalue("postgres"))
    yield PlanFactStore(engine)
    engine.dispose()


def test_two_jobs_that_plan_the_same_tasks_at_once_both_note_it(store: PlanFactStore) -> None:
    """The newest is whose a task is."""
    faults: list[sa.exc.SQLAlchemyError] = []

    def note(digests: list[str], model: str) -> None:
        try:
            for _ in range(20):
                store.note_tasks(replace(TASK, digest=each, model=model) for each in digests)
        except sa.exc.SQLAlchemyError as exc:
            faults.append(exc)

    threads = [
        threading.Thread(target=note, args=(["a", "b", "c"], "opus")),
        threading.Thread(target=note, args=(["c", "b", "a"], "qwen")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    note(["a"], "sonnet")
    assert {each.digest for each in store.find_tasks("7", [], "7#1")} == {"a", "b", "c"}
    assert [each.model for each in store.find_tasks("7", ["a"], "")] == ["sonnet"]


def test_what_no_database_stores_as_text_is_replaced_in_a_fact(store: PlanFactStore) -> None:
    """A check prints NUL, and git has paths that are no UTF-8."""
    store.note_facts([replace(FACT, subject="b\udcff.py", says="a\0b")])
    (kept,) = store.list_facts("7", 0.0)
    assert (kept.subject, kept.says) == ("b\ufffd.py", "a\ufffdb")
