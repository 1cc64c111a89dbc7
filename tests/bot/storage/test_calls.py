"""Calls to models are summed from the table alone, whoever makes them and however they end."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.spending import DAY_SECONDS, Callee, Payer, Scope, Spent
from bot.storage.calls import CallStore, open_call_store
from bot.storage.database import sqlite_url

NOW = 20_000 * DAY_SECONDS + 1.0
ANN = Payer(job="7#1", repo="7", person=2**40)
BOUND = Spent(1000, 0.5)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def machines(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[CallStore, CallStore]]:
    """Two machines' ways to one database, empty at the start."""
    kind = request.param
    url = sqlite_url(tmp_path) if kind == "sqlite" else request.getfixturevalue("postgres")
    stores = open_call_store(url), open_call_store(url)
    # Tests of one process share a server.
    with stores[0].engine.begin() as db:
        db.execute(sa.text("DELETE FROM bricklayer_calls"))
    yield stores
    for store in stores:
        store.engine.dispose()


def test_each_sum_has_what_is_its_own_whichever_machine_entered_it(
    machines: tuple[CallStore, CallStore],
) -> None:
    here, there = machines
    before: list[Mapping[Scope, Spent]] = []
    seq = here.begin_call(ANN, Callee("local"), BOUND, NOW, before.append)
    assert set(before[0].values()) == {Spent()}
    assert there.sum_spent(ANN, NOW)["job"] == BOUND
    there.end_call(seq, Spent(10, 0.25))
    here.begin_call(Payer("7#2", "7", 5), Callee("planner"), BOUND, NOW)
    here.begin_call(Payer("7#1", "7", 2**40), Callee("planner"), BOUND, NOW - 2)  # yesterday
    assert there.sum_spent(ANN, NOW) == {
        "job": Spent(1010, 0.75),
        "person_day": Spent(10, 0.25),
        "repository_day": Spent(1010, 0.75),
        "day": Spent(1010, 0.75),
    }


def test_of_many_that_begin_at_once_each_sees_those_before_it(
    machines: tuple[CallStore, CallStore],
) -> None:
    """No two find the same sum: both would go below a cap that has room for one."""

    def begin(number: int) -> int:
        before: list[Mapping[Scope, Spent]] = []
        machines[number % 2].begin_call(ANN, Callee("local"), BOUND, NOW, before.append)
        return before[0]["job"].tokens

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(begin, range(16))) == [1000 * n for n in range(16)]


def test_a_call_that_is_not_let_through_was_never_there(
    machines: tuple[CallStore, CallStore],
) -> None:
    """Nobody else is refused for it meanwhile, and a kill leaves nothing of it."""
    here, there = machines
    seen: list[Spent] = []

    def refuse(_spent: Mapping[Scope, Spent]) -> None:
        if here.engine.dialect.name != "sqlite":  # where to look is to wait
            seen.append(there.sum_spent(ANN, NOW)["job"])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        here.begin_call(ANN, Callee("local"), BOUND, NOW, refuse)
    assert {*seen, there.sum_spent(ANN, NOW)["job"]} == {Spent()}
