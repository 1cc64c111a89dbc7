"""A run's journal as spans: nested in time, named alike each time, without content."""

from collections.abc import Mapping
from dataclasses import asdict

import pytest
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes

from bot.ledger import LedgerRow
from runners.journal import Line
from runners.traces.spans import MAX_SPANS, Span, Trace, build_trace

CONTENT = "do not tell /home/mona"


def line(at: float, what: str, task: str = "", **more: object) -> Line:
    told = {"type": "progress", "at": at, "what": what, "task": task, "good": None}
    return {**told, "text": CONTENT, "detail": CONTENT, **more}  # type: ignore[return-value]


def begin(at: float, run: int = 1) -> Line:
    return {"type": "begin", "at": at, "job": "0a1b", "run": run, "title": CONTENT, "repo": CONTENT}


def attempt(at: float, task: str, number: int, **more: object) -> Line:
    row = LedgerRow(task, number, "local", "openai-chat:qwen", 900, 80, 600, 4.0, "check failed")
    return line(at, "attempt", task, good=False, spent={**asdict(row), **more})


def step(at: float, task: str, kind: str, seconds: float) -> Line:
    return line(at, "step", task, step="end", kind=kind, seconds=seconds)


RUN: list[Line] = [
    begin(100.0),
    step(103.0, "", "setup", 2.5),
    line(104.0, "task", "t1"),
    step(105.5, "t1", "check", 1.0),
    step(110.0, "t1", "ask", 4.0),
    step(112.0, "t1", "check", 1.5),
    attempt(112.5, "t1", 1),
    line(113.0, "task", "t2"),
    attempt(114.0, "t1", 2, tier="manifest", model="exact blocks", tokens_in=0, tokens_out=0),
    line(115.0, "task", "t1", good=True),
    line(116.0, "task", "t2", good=False),
    {"type": "result", "at": 117.0, "passed": False, "why": CONTENT},
]


def build(lines: list[Line], phases: Mapping[str, int] | None = None) -> Trace:
    trace = build_trace(lines, phases if phases is not None else {"t1": 1, "t2": 1})
    assert trace
    return trace


def by_name(trace: Trace, name: str) -> list[Span]:
    return [span for span in trace.spans if span.name == name]


def test_a_run_has_phases_tasks_attempts_calls_and_checks() -> None:
    trace = build(RUN)
    names = sorted(span.name for span in trace.spans)
    assert names == sorted(
        [
            "job",
            "setup",
            "phase",
            "task",
            "task",
            "attempt",
            "attempt",
            "chat qwen",
            "check",
            "check",
        ]
    )
    [job], [phase], [call] = (by_name(trace, name) for name in ("job", "phase", "chat qwen"))
    assert (job.parent, job.begin, job.end, job.failed) == (b"", 100.0, 117.0, True)
    assert (phase.begin, phase.end, phase.parent) == (104.0, 116.0, job.id)
    first, second = by_name(trace, "attempt")
    assert (first.begin, first.end, second.begin) == (104.0, 112.5, 112.5)
    assert (call.begin, call.end, call.parent) == (106.0, 110.0, first.id)
    assert {span.parent for span in by_name(trace, "check")} == {first.id}
    assert [span.failed for span in by_name(trace, "task")] == [False, True]


def test_each_span_lies_within_the_one_above_it() -> None:
    trace = build(RUN)
    known = {span.id: span for span in trace.spans}
    assert len(known) == len(trace.spans)
    for span in trace.spans:
        assert span.begin <= span.end
        if span.parent:
            above = known[span.parent]
            assert above.begin <= span.begin
            assert span.end <= above.end


def test_calls_have_the_attributes_of_the_conventions() -> None:
    """By the names of the conventions' own package."""
    [call] = by_name(build(RUN), "chat qwen")
    names = gen_ai_attributes
    assert call.is_call
    assert call.attributes == {
        names.GEN_AI_OPERATION_NAME: names.GenAiOperationNameValues.CHAT.value,
        names.GEN_AI_PROVIDER_NAME: names.GenAiProviderNameValues.OPENAI.value,
        names.GEN_AI_REQUEST_MODEL: "qwen",
        names.GEN_AI_USAGE_INPUT_TOKENS: 900,
        names.GEN_AI_USAGE_OUTPUT_TOKENS: 80,
        names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS: 600,
    }


def test_nothing_that_was_written_is_told() -> None:
    """Neither a title, a text, what a check printed, nor where a model's file lies."""
    lines = [attempt(112.5, "t1", 1, model="llama-cpp:/home/mona/m.gguf", failures=[CONTENT])]
    told = repr(build([*RUN[:6], *lines, *RUN[7:]]))
    assert "m.gguf" in told
    assert "mona" not in told
    assert "do not tell" not in told


def test_the_same_run_is_the_same_trace_and_another_run_has_other_spans() -> None:
    first, again = build(RUN), build(RUN)
    assert first == again
    second = build([*RUN, begin(200.0, 2), *RUN[1:]])
    assert second.id == first.id
    assert not {span.id for span in first.spans} & {span.id for span in second.spans}


def test_a_run_that_was_killed_and_went_on_is_one_run() -> None:
    """It begins when it was begun first."""
    trace = build([*RUN[:5], begin(109.0), *RUN[5:]])
    [job] = by_name(trace, "job")
    assert (job.begin, job.end) == (100.0, 117.0)
    assert {span.id for span in trace.spans} == {span.id for span in build(RUN).spans}


@pytest.mark.parametrize(
    "lines",
    [
        [],
        RUN[:-1],
        [RUN[-1]],
        [*RUN[:-1], {**RUN[-1], "error": {"kind": "JobStoppedError"}}],
    ],
)
def test_what_has_not_ended_is_no_trace_yet(lines: list[Line]) -> None:
    """A run that was stopped, or met a fault, goes on under the same number."""
    assert build_trace(lines, {}) is None


def test_tasks_of_no_known_phase_hang_on_the_job() -> None:
    """Those that a further epoch added."""
    trace = build(RUN, {})
    assert {span.parent for span in by_name(trace, "task")} == {trace.spans[0].id}


def test_a_trace_has_an_end() -> None:
    many = [attempt(105.0 + n / 1_000, "t1", n) for n in range(MAX_SPANS)]
    assert len(build([*RUN[:3], *many, *RUN[7:]]).spans) == MAX_SPANS


def test_lines_of_another_release_are_no_fault() -> None:
    """What is not there, or of another kind, is left out."""
    odd: list[Line] = [line(105.0, "attempt", "t1", spent=3), {"type": 4}, {"what": [], "task": 9}]
    assert build([*RUN[:3], *odd, *RUN[7:]])
