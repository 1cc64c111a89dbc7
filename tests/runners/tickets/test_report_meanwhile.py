"""A database that is away ends no work that only tells how far it is."""

import logging

import pytest

from runners.progress import ProgressEvent
from runners.tickets import report_meanwhile as module
from runners.tickets.report_meanwhile import report_meanwhile

EVENT = ProgressEvent("step", "runs")


def test_what_cannot_be_noted_is_told_once_and_tried_again_after_a_rest(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now, heard = [100.0], list[float]()
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])

    def note(_event: ProgressEvent) -> None:
        heard.append(now[0])
        if now[0] < 200:
            raise OSError(28, "No space left on device")

    report = report_meanwhile("octocat/bank#1", note)
    with caplog.at_level(logging.WARNING):
        for _ in range(300):
            report(EVENT)
        now[0] = 200.0
        report(EVENT)
    assert heard == [100.0, 200.0]
    assert caplog.text.count("octocat/bank#1: it goes on") == 1


def test_a_fault_of_ours_is_raised() -> None:
    def fail(_event: ProgressEvent) -> None:
        raise KeyError("ours")

    with pytest.raises(KeyError):
        report_meanwhile("octocat/bank#1", fail)(EVENT)
