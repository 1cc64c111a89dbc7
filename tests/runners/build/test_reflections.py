"""Models reflect beside the end of a job, which waits for them a little and no longer."""

import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from bot.errors import ModelOutageError
from bot.ledger import LedgerRow
from bot.plan import Task
from runners.build import reflections
from runners.build.ask_reflection import find_author
from runners.build.attempt_records import Attempt, AttemptRecord, AttemptResult, TierName
from runners.build.reflections import OVER, Reflections
from runners.build.task_run import TaskBase, TaskRun
from runners.cancellation import Cancellation


def tried(task: str, lane: str = "a", tier: TierName = "local", tokens: int = 9) -> TaskRun:
    place: Any = SimpleNamespace(lane=SimpleNamespace(name=lane))
    nothing: Any = SimpleNamespace()
    row = LedgerRow(task, 1, tier, "m", tokens_out=tokens)
    record = AttemptRecord(Attempt(1, tier, 0), AttemptResult("passed"), row, "b" * 40)
    return TaskRun(nothing, place, Task(id=task), TaskBase(""), attempts=(record,))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked about; a task called `stuck` is answered only once nobody wants it."""
    asked: list[str] = []

    def ask(run: TaskRun, cancellation: Cancellation) -> None:
        asked.append(run.task.id)
        if run.task.id == "broken":
            raise ModelOutageError("nobody is there")
        while run.task.id == "stuck" and not cancellation.explain():
            time.sleep(0.01)

    monkeypatch.setattr(reflections, "ask_reflection", ask)
    monkeypatch.setattr(reflections, "was_asked", lambda run: run.task.id == "known")
    return asked


def end(*runs: TaskRun, patience: float = 5.0, wanted: bool = True) -> float:
    """How long the end of a job takes with these, in seconds."""
    made = Reflections(patience)
    for run in runs:
        made.note(run)
    began = time.monotonic()
    with made.asked_beside(wanted=wanted):
        pass
    return time.monotonic() - began


def test_each_task_is_asked_about_once_and_those_of_other_lanes_beside_it(asked: list[str]) -> None:
    end(tried("one"), tried("two"), tried("one"), tried("three", "b"))
    assert sorted(asked) == ["one", "three", "two"]


def test_nobody_is_asked_where_no_model_answered_or_it_is_not_wanted(asked: list[str]) -> None:
    end(tried("blocks", tier="manifest"), tried("silent", tokens=0), tried("known"))
    end(tried("one"), wanted=False)
    assert asked == []
    assert find_author(tried("blocks", tier="manifest")) is None


def test_one_that_does_not_come_is_cut_off_and_the_next_is_not_begun(
    asked: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bricklayer")
    assert end(tried("stuck"), tried("late"), patience=0.05) < 2
    assert asked == ["stuck"]
    assert f"late: {OVER}" in caplog.text


def test_what_goes_wrong_is_a_line_of_the_log_and_the_others_are_asked(
    asked: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    end(tried("broken"), tried("one"))
    assert asked == ["broken", "one"]
    assert "broken: not asked what surprised it" in caplog.text


def test_a_job_that_stops_at_its_end_leaves_no_thread_that_asks(asked: list[str]) -> None:
    made = Reflections()
    made.note(tried("stuck"))
    with pytest.raises(KeyError), made.asked_beside(wanted=True):
        raise KeyError
    assert not [each for each in threading.enumerate() if each.name.startswith("reflections-")]
    assert asked == ["stuck"]
