"""What an attempt saw and said is found by every machine on the database, packed."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bot.storage.database import open_database
from bot.storage.evidence import EvidenceStore, list_texts, read_text
from bot.storage.tables import EVIDENCE


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest) -> Iterator[sa.Engine]:
    file = f"sqlite:///{request.getfixturevalue('tmp_path')}/x.sqlite"
    sqlite = request.param == "sqlite"
    engine = open_database(file if sqlite else request.getfixturevalue("postgres"))
    yield engine
    engine.dispose()


def test_it_is_replaced_whole_and_read_as_it_was(engine: sa.Engine) -> None:
    store = EvidenceStore(engine)
    for text in ("half", "===== reply =====\nhi \N{SNOWMAN}\n" * 1000):
        store.keep("job", 1, "fix-1", text)
    store.keep("job", 2, "fix-1", "second run")
    store.keep("other", 1, "fix-1", "another job's")
    first, second = list_texts(engine, ["job"])
    assert [(each.run, each.name) for each in (first, second)] == [(1, "fix-1"), (2, "fix-1")]
    assert read_text(engine, first) == text
    assert read_text(engine, second) == "second run"
    with engine.begin() as db:
        size = sa.func.length(EVIDENCE.c.body)
        assert db.execute(sa.select(sa.func.max(size))).scalar_one() < len(text) / 20
        db.execute(sa.delete(EVIDENCE))
    assert (list_texts(engine, ["job"]), read_text(engine, first)) == ([], "")
