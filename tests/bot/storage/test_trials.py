"""How attempts went with a note and without it: only those for which it was drawn are compared."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.postgres import create_database

from bot.ledger import AttemptOutcome, LedgerRow
from bot.storage.database import sqlite_url
from bot.storage.jobs import Store, open_store
from bot.storage.trials import OLD_ENOUGH, Trial, Trials

REPO, NAME = "/work/bank/.git", "note:1a2b3c4d"
PASSED, FAILED = AttemptOutcome.PASSED, AttemptOutcome.CHECK_FAILED


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = (
        sqlite_url(tmp_path)
        if request.param == "sqlite"
        else create_database(request.getfixturevalue("postgres"))
    )
    made = open_store(url)
    yield made
    made.engine.dispose()


def enter(store: Store, outcomes: list[str], repo: str = REPO, **more: tuple[str, ...]) -> None:
    start = len(store.list_attempts("job"))
    for number, outcome in enumerate(outcomes, start + 1):
        row = LedgerRow("fix", number, "local", "x", outcome=outcome, **more)
        store.save_attempt("job", 1, row, repo)


def test_uses_are_all_and_rates_are_of_those_that_were_drawn(store: Store) -> None:
    note: dict[str, tuple[str, ...]] = {"notes": ("1a2b3c4d",)}
    enter(store, [PASSED] * 4, **note)
    enter(store, [PASSED, PASSED, FAILED], **note, drawn=(NAME,))
    enter(store, [FAILED, PASSED], drawn=(NAME,), left_out=(NAME,))
    # A machine's fault says nothing of a note, nor what another repository did with it.
    enter(store, [AttemptOutcome.SERVER_DOWN], drawn=(NAME,), left_out=(NAME,))
    enter(store, [PASSED], "/work/other/.git", **note)
    assert Trials(store.engine).count([REPO]) == {NAME: Trial(7, 3, 2, 2, 1)}


def test_one_is_old_enough_by_what_was_judged_before_the_run_began(store: Store) -> None:
    """So a run that is killed and taken up is told the same, whatever was entered meanwhile."""
    trials = Trials(store.engine)
    both: dict[str, tuple[str, ...]] = {"notes": ("1a2b3c4d",), "ingredients": ("example:5e6f",)}
    enter(store, [PASSED] * (OLD_ENOUGH - 1), **both)
    enter(store, [AttemptOutcome.NO_MODEL] * OLD_ENOUGH, **both)
    began = time.time()
    assert trials.list_old(REPO, began) == frozenset()
    enter(store, [FAILED], **both)
    assert trials.list_old(REPO, began) == frozenset()
    assert trials.list_old(REPO, time.time()) == {NAME, "example:5e6f"}
    assert trials.list_old("/work/other/.git", time.time()) == frozenset()
