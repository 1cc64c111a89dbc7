"""Rounds that failed are counted since the last that passed, by file or check and by scope."""

from dataclasses import replace
from pathlib import Path

from bot.storage.database import open_database, sqlite_url
from bot.storage.strikes import Strike, StrikeStore


def test_a_pass_sets_back_its_own_count_alone_and_a_repetition_counts_once(tmp_path: Path) -> None:
    engine = open_database(sqlite_url(tmp_path))
    store, one = StrikeStore(engine), Strike("7#1", "file a.py", "job", 1, "fix", 1, 1.0)
    other = replace(one, name="check test x", at=1.0)
    store.note([one, other, replace(one, at=2.0)])
    store.note([replace(one, task="renamed", at=3.0), replace(one, scope="7#2", at=3.0)])
    assert len(store.list_failed("7#1", "file a.py")) == 2
    # One of several candidates side by side passed after another had failed.
    store.note([replace(one, task="renamed", at=4.0, passed=True)])
    store.note([replace(one, task="renamed", at=5.0)])
    assert store.list_failed("7#1", "file a.py") == []
    assert len(store.list_failed("7#1", "check test x")) == 1
    assert len(store.list_failed("7#2", "file a.py")) == 1
    engine.dispose()
