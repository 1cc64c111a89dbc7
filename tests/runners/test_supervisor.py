"""A loop goes on whatever a turn raises; one that does not turn is told."""

import threading
from collections.abc import Iterator

import pytest

from runners import supervisor as supervisor_module
from runners.supervisor import STUCK_SECONDS, Loop, Supervisor


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def loops() -> Iterator[list[Loop]]:
    made: list[Loop] = []
    yield made
    for loop in made:
        loop.stop()
        loop.join(10)


class OfALibraryError(BaseException):
    """What some libraries raise beside Exception, so that no `except Exception` swallows it."""


@pytest.mark.parametrize(
    "fault",
    [
        ValueError("ours"),
        BlockingIOError(11, "Resource temporarily unavailable"),
        MemoryError(),
        SystemExit(1),
        KeyboardInterrupt(),
        GeneratorExit(),
        OfALibraryError(),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_a_turn_that_raises_anything_is_taken_again(
    fault: BaseException, loops: list[Loop], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three times in a row; the fourth turn goes well."""
    monkeypatch.setattr(supervisor_module, "MAX_PAUSE_SECONDS", 0.001)
    turns, done = [], threading.Event()

    def turn() -> float:
        turns.append(1)
        if len(turns) < 4:
            raise fault
        done.set()
        return 60.0

    loop = Loop("inbox", turn, _pause=0.001)
    loops.append(loop)
    loop.start()
    assert done.wait(10)


def test_what_the_log_raises_ends_no_loop(
    loops: list[Loop], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its disk may be full, too."""
    turns, done = [], threading.Event()

    def no_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    def turn() -> float:
        turns.append(1)
        if len(turns) > 1:
            done.set()
            return 60.0
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(supervisor_module.log, "exception", no_room)
    loop = Loop("clock", turn, _pause=0.001)
    loops.append(loop)
    loop.start()
    assert done.wait(10)


def test_the_pauses_grow_to_a_bound_and_a_nudge_does_not_cut_them(loops: list[Loop]) -> None:
    """A database that is down is not asked again at each webhook."""
    loop = Loop("inbox", lambda: 1 / 0)
    loops.append(loop)
    pauses = [loop._take_turn() for _ in range(8)]  # noqa: SLF001
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    loop.start()
    for _ in range(100):
        loop.nudge()
    assert loop._pause == supervisor_module.MAX_PAUSE_SECONDS  # noqa: SLF001


def test_a_loop_that_rests_is_well_however_long(clock: Clock, loops: list[Loop]) -> None:
    """The sweep may be asked for once a day; its rest is no delay, nor is a long turn that beats."""
    supervisor, resting = Supervisor(clock), threading.Event()

    def turn() -> float:
        resting.set()
        return 86_400.0

    loop = supervisor.add("sweep", turn)
    loops.append(loop)
    loop.start()
    assert resting.wait(10)
    while not loop._is_resting:  # noqa: SLF001  # it is about to
        threading.Event().wait(0.001)
    clock.now += 3 * 86_400
    assert supervisor.find_faults() == []


def test_a_loop_that_hangs_or_fails_is_told_after_a_minute(clock: Clock, loops: list[Loop]) -> None:
    """By its name, with since when and the kind of what it met; nothing of the fault's own words."""
    supervisor, go_on, begun = Supervisor(clock), threading.Event(), threading.Event()

    def hang() -> float:
        begun.set()
        go_on.wait(10)
        return 60.0

    def fail() -> float:
        raise OSError("postgresql://user:password@host")

    loops += [supervisor.add("sweep", hang), supervisor.add("inbox", fail)]
    for loop in loops:
        loop.start()
    assert begun.wait(10)
    while not loops[1]._failure:  # noqa: SLF001  # its first turn
        threading.Event().wait(0.001)
    clock.now += STUCK_SECONDS
    assert supervisor.find_faults() == []
    clock.now += 1
    assert supervisor.find_faults() == [
        "sweep: it has not turned for 61 seconds",
        "inbox: it has not turned for 61 seconds: OSError",
    ]
    loops[0].beat()
    assert [line.split(":")[0] for line in supervisor.find_faults()] == ["inbox"]
    go_on.set()


def test_a_loop_that_is_stopped_takes_no_turn_more(loops: list[Loop]) -> None:
    """Whenever that is asked: before its start, while it turns, while it rests."""
    turns: list[int] = []
    begun = threading.Event()

    def turn() -> float:
        turns.append(1)
        begun.set()
        return 3600.0

    for when in ("before", "after"):
        begun.clear()
        loop = Loop("clock", turn)
        loops.append(loop)
        if when == "before":
            loop.stop()
        loop.start()
        assert when == "before" or begun.wait(10)
        loop.stop()
        loop.join(10)
        assert loop.describe_fault() == ""
    assert len(turns) == 1
