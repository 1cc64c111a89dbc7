"""A build outlasts a restart of the database, and nothing else that goes wrong there."""

import pytest
import sqlalchemy as sa

from bot.storage import lost_connection
from bot.storage.lost_connection import (
    BUILD_PAUSES_SECONDS,
    repeat_if_lost,
    wait_while_lost,
    waiting_as_a_build,
)


class Away:
    """What fails so many times as if the server were not there, or for another reason."""

    def __init__(self, times: int, *, connected: bool = False) -> None:
        self.calls = 0
        self._times = times
        self._statement = "SELECT 1" if connected else None

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self._times:
            raise sa.exc.OperationalError(self._statement, None, OSError("refused"))
        return "done"


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(lost_connection.time, "sleep", slept.append)
    return slept


def test_it_is_tried_again_until_the_database_is_back(pauses: list[float]) -> None:
    act = Away(len(BUILD_PAUSES_SECONDS))
    act.__name__ = "save"  # type: ignore[attr-defined]
    assert wait_while_lost(act)() == "done"
    assert sum(pauses) >= 60


def test_not_without_end() -> None:
    act = Away(100)
    act.__name__ = "save"  # type: ignore[attr-defined]
    with pytest.raises(sa.exc.OperationalError):
        wait_while_lost(act)()
    assert act.calls == len(BUILD_PAUSES_SECONDS) + 1


def test_what_was_refused_over_a_connection_is_raised_at_once(pauses: list[float]) -> None:
    act = Away(1, connected=True)
    with pytest.raises(sa.exc.OperationalError):
        wait_while_lost(act)()
    assert (act.calls, pauses) == (1, [])


def test_what_a_loop_repeats_once_the_work_of_a_queue_waits_for_until_it_is_given_up(
    pauses: list[float],
) -> None:
    act = Away(100)
    act.__name__ = "save"  # type: ignore[attr-defined]
    for given_up_after, expected in ((0, []), (3, [1.0, 2.0, 4.0]), (99, [*BUILD_PAUSES_SECONDS])):
        pauses.clear()
        with (
            pytest.raises(sa.exc.OperationalError),
            waiting_as_a_build(
                lambda most=given_up_after: len(pauses) >= most  # type: ignore[misc]
            ),
        ):
            repeat_if_lost(act)()
        assert pauses == expected
    pauses.clear()
    with pytest.raises(sa.exc.OperationalError):
        repeat_if_lost(act)()
    assert pauses == [lost_connection.PAUSE_SECONDS]
