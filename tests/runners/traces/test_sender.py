"""Traces reach a collector that speaks OTLP, and one that does not takes nothing from a job."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.otlp_collector import Collector, collecting

from bot.config.machine import parse_settings
from bot.errors import UserError
from runners.journal import JOURNAL
from runners.traces import sender as module
from runners.traces.sender import AGAIN_SECONDS, IDLE_SECONDS, MAX_WAITING, TraceSender, open_sender

RUN = [
    {"type": "begin", "at": 1_764_378_000.5, "job": "0a1b", "run": 1},
    {"type": "progress", "at": 1_764_378_001.0, "what": "task", "task": "t1", "good": None},
    {"type": "progress", "at": 1_764_378_002.0, "what": "task", "task": "t1", "good": True},
    {"type": "result", "at": 1_764_378_003.0, "passed": True},
]


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collecting() as made:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", made.url)
        monkeypatch.setenv("OTEL_SERVICE_NAME", "my-box")
        yield made


@pytest.fixture
def sender(tmp_path: Path) -> Iterator[TraceSender]:
    made = open_sender(parse_settings(f'state_dir = "{tmp_path}"\n[signals]\ntraces = true'))
    folder = tmp_path / "jobs/0a1b"
    folder.mkdir(parents=True)
    (folder / JOURNAL).write_text("".join(f"{json.dumps(line)}\n" for line in RUN))
    yield made
    made.stop()


def test_a_run_that_has_ended_is_sent_as_a_trace(collector: Collector, sender: TraceSender) -> None:
    """To where the variables of OpenTelemetry say, with ids, times and the resource."""
    sender.note_end("0a1b", {"t1": 1})
    assert sender.send_waiting() == IDLE_SECONDS
    [(path, request)] = collector.taken
    assert path == "/v1/traces"
    [of_resource] = request.resource_spans
    resource = {each.key: each.value.string_value for each in of_resource.resource.attributes}
    assert resource["service.name"] == "my-box"
    [of_scope] = of_resource.scope_spans
    assert of_scope.scope.name == "bricklayer"
    spans = {span.name: span for span in of_scope.spans}
    assert spans.keys() == {"job", "phase", "task"}
    job, phase, task = (spans[name] for name in ("job", "phase", "task"))
    assert (len(job.trace_id), len(job.span_id), job.parent_span_id) == (16, 8, b"")
    assert job.start_time_unix_nano == 1_764_378_000_500_000_000
    assert job.end_time_unix_nano == 1_764_378_003_000_000_000
    assert (phase.parent_span_id, task.parent_span_id) == (job.span_id, phase.span_id)
    assert {span.trace_id for span in of_scope.spans} == {job.trace_id}


def test_sent_a_second_time_it_has_the_same_ids(collector: Collector, sender: TraceSender) -> None:
    """As after a kill: a store of traces has it once."""
    for _ in range(2):
        sender.note_end("0a1b", {"t1": 1})
        sender.send_waiting()
    first, second = (request for _, request in collector.taken)
    assert first == second


def test_a_collector_that_fails_is_told_of_once_and_tried_again(
    collector: Collector, sender: TraceSender, caplog: pytest.LogCaptureFixture
) -> None:
    collector.status = 400
    sender.note_end("0a1b", {})
    with caplog.at_level(logging.INFO):
        assert [sender.send_waiting() for _ in range(3)] == [AGAIN_SECONDS] * 3
    assert len(caplog.messages) == 1
    assert "traces are not taken" in caplog.messages[0]
    collector.status = 200
    assert sender.send_waiting() == IDLE_SECONDS
    assert len(collector.taken) == 1


def test_what_waits_is_bounded_and_noting_it_waits_for_nobody(tmp_path: Path) -> None:
    """While nothing is sent."""
    sender = TraceSender(tmp_path, lambda: pytest.fail("nothing is opened"))
    for n in range(3 * MAX_WAITING):
        sender.note_end(f"j{n}", {})
    assert len(sender.waiting) == MAX_WAITING


def test_a_job_without_a_journal_has_nothing_to_send(
    collector: Collector, sender: TraceSender
) -> None:
    sender.note_end("gone", {})
    assert sender.send_waiting() == IDLE_SECONDS
    assert not collector.taken


def test_traces_are_off_by_default(tmp_path: Path) -> None:
    sender = open_sender(parse_settings(f'state_dir = "{tmp_path}"'))
    sender.note_end("0a1b", {})
    assert not sender.waiting
    sender.stop()


def test_without_their_packages_traces_say_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "is_installed", lambda: False)
    with pytest.raises(UserError, match="needs the packages opentelemetry-sdk") as refused:
        open_sender(parse_settings(f'state_dir = "{tmp_path}"\n[signals]\ntraces = true'))
    assert ".[otel]" in refused.value.hint
