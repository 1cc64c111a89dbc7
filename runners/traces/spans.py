"""The spans of one run, from the lines of its journal: times, ids and counts, and no content.

Ids follow from the job, the run and what a span is of, so that a trace that is sent twice is the
same trace: https://www.w3.org/TR/trace-context/#trace-id

Names of `gen_ai` attributes are those of the semantic conventions 1.44.0, where they are in
development: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.models.spec import name_model
from runners.journal import Line

# Well-known values of `gen_ai.provider.name`; others are called as our settings call them:
# https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/
PROVIDERS = {
    "openai-chat": "openai",
    "openai-responses": "openai",
    "azure": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "google": "gcp.gen_ai",
    "google-cloud": "gcp.vertex_ai",
    "mistral": "mistral_ai",
    "xai": "x_ai",
}
MAX_SPANS = 5_000
_STEPS = frozenset({"check", "setup", "load", "read"})
Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Span:
    """`id` is 8 bytes, `parent` empty for the first. Times are in seconds since 1970."""

    id: bytes
    parent: bytes
    name: str
    begin: float
    end: float
    is_call: bool = False
    failed: bool = False
    attributes: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trace:
    """`id` is 16 bytes: of the job, so that all of its runs are one trace."""

    id: bytes
    spans: tuple[Span, ...]


def build_trace(lines: Iterable[Line], phases: Mapping[str, int]) -> Trace | None:
    """Of the newest run in the journal; None where it has not ended. `phases`: of each task."""
    run = _newest_run(lines)
    if not run or run[-1].get("type") != "result" or "error" in run[-1]:
        return None  # what was stopped, or met a fault, goes on as the same run
    begin, result = run[0], run[-1]
    job, number = _text(begin, "job"), int(_number(begin, "run"))
    ids = _Ids(f"{job}\0{number}")
    root = Span(
        ids.of("run"),
        b"",
        "job",
        _at(begin),
        _at(result),
        failed=result.get("passed") is not True,
        attributes={"bricklayer.job": job, "bricklayer.run": number},
    )
    tasks = [_Task.of(task, run) for task in _list_tasks(run)]
    spans = [root, *_list_phases(tasks, phases, root, ids)]
    for task in tasks:
        phase = ids.of("phase", phases[task.id]) if task.id in phases else root.id
        spans += _list_spans(task, phase, ids)
    spans += _list_steps([each for each in run if not each.get("task")], root, ids)
    trace = hashlib.sha256(f"bricklayer job\0{job}".encode()).digest()[:16]
    return Trace(trace, tuple(spans[:MAX_SPANS]))


@dataclass(frozen=True, slots=True)
class _Ids:
    run: str

    def of(self, *parts: object) -> bytes:
        text = "\0".join((self.run, *map(str, parts)))
        return hashlib.sha256(text.encode(errors="replace")).digest()[:8]


@dataclass(frozen=True, slots=True)
class _Task:
    id: str
    lines: Sequence[Line]

    @classmethod
    def of(cls, task: str, run: Iterable[Line]) -> "_Task":
        return cls(task, [line for line in run if line.get("task") == task])

    @property
    def begin(self) -> float:
        return min(map(_begin_of, self.lines))

    @property
    def end(self) -> float:
        return max(map(_at, self.lines))

    @property
    def has_failed(self) -> bool:
        ends = [line["good"] for line in self.lines if line.get("what") == "task"]
        return ends[-1:] == [False]


def _newest_run(lines: Iterable[Line]) -> list[Line]:
    """From where it was begun first: a run that was killed goes on under the same number."""
    found: list[Line] = []
    number: object = None
    for line in lines:
        if line.get("type") == "begin" and line.get("run") != number:
            found, number = [], line.get("run")
        found.append(line)
    return found if found and found[0].get("type") == "begin" else []


def _list_tasks(run: Iterable[Line]) -> list[str]:
    return list(dict.fromkeys(task for line in run if (task := _text(line, "task"))))


def _list_phases(
    tasks: Sequence[_Task], phases: Mapping[str, int], root: Span, ids: _Ids
) -> Iterator[Span]:
    for number in sorted({phases[task.id] for task in tasks if task.id in phases}):
        inside = [task for task in tasks if phases.get(task.id) == number]
        begin, end = min(task.begin for task in inside), max(task.end for task in inside)
        told = {"bricklayer.phase": number}
        yield Span(ids.of("phase", number), root.id, "phase", begin, end, attributes=told)


def _list_spans(task: _Task, phase: bytes, ids: _Ids) -> Iterator[Span]:
    told: dict[str, Value] = {"bricklayer.task": task.id}
    here = Span(ids.of("task", task.id), phase, "task", task.begin, task.end, attributes=told)
    yield replace(here, failed=task.has_failed)
    begin, inside = task.begin, list[Line]()
    for line in task.lines:
        spent = line.get("spent")
        if line.get("what") != "attempt" or not isinstance(spent, dict):
            inside.append(line)
            continue
        yield from _list_attempt(here, line, spent, inside, begin, ids)
        begin, inside = _at(line), []
    yield from _list_steps(inside, here, ids, "end")


def _list_attempt(  # noqa: PLR0913, PLR0917  # one line, and what stands around it
    task: Span, line: Line, spent: Line, inside: Sequence[Line], begin: float, ids: _Ids
) -> Iterator[Span]:
    number, outcome = int(_number(spent, "number")), _text(spent, "outcome")
    told: dict[str, Value] = {
        **task.attributes,
        "bricklayer.attempt": number,
        "bricklayer.tier": _text(spent, "tier"),
        "bricklayer.outcome": outcome,
        "bricklayer.cost": _number(spent, "cost"),
    }
    made = ids.of("attempt", task.id.hex(), number)
    failed = line.get("good") is False
    attempt = Span(made, task.id, "attempt", begin, _at(line), failed=failed, attributes=told)
    yield attempt
    if _number(spent, "tokens_in") or _number(spent, "tokens_out"):
        yield _describe_call(attempt, spent, inside, ids)
    yield from _list_steps(inside, attempt, ids)


def _describe_call(attempt: Span, spent: Line, inside: Sequence[Line], ids: _Ids) -> Span:
    """When it was asked the journal knows of calls that took a second or more."""
    asked = [line for line in inside if _text(line, "kind") == "ask" and line.get("step") == "end"]
    begin = _begin_of(asked[0]) if asked else attempt.begin
    end = _at(asked[-1]) if asked else begin + _number(spent, "seconds")
    model = name_model(_text(spent, "model"))
    kind, colon, name = model.partition(":")
    told: dict[str, Value] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": PROVIDERS.get(kind, kind) if colon else "unknown",
        "gen_ai.request.model": name if colon else model,
        "gen_ai.usage.input_tokens": int(_number(spent, "tokens_in")),
        "gen_ai.usage.output_tokens": int(_number(spent, "tokens_out")),
        "gen_ai.usage.cache_read.input_tokens": int(_number(spent, "tokens_cached")),
    }
    title = f"chat {told['gen_ai.request.model']}"
    end = min(max(begin, end), attempt.end)
    made = ids.of("call", attempt.id.hex())
    return Span(made, attempt.id, title, begin, end, is_call=True, attributes=told)


def _list_steps(lines: Iterable[Line], parent: Span, ids: _Ids, where: str = "") -> Iterator[Span]:
    """Checks and setup that took a second or more; what they ran is not told."""
    ends = [line for line in lines if line.get("step") == "end" and _text(line, "kind") in _STEPS]
    for number, line in enumerate(ends):
        kind = _text(line, "kind")
        made = ids.of("step", parent.id.hex(), where, number)
        failed = line.get("good") is False
        yield Span(made, parent.id, kind, _begin_of(line), _at(line), failed=failed)


def _begin_of(line: Line) -> float:
    """Of what a line tells the end of, when that began."""
    return _at(line) - (_number(line, "seconds") if line.get("what") == "step" else 0.0)


def _at(line: Line) -> float:
    return _number(line, "at")


def _text(line: Line, key: str) -> str:
    found = line.get(key, "")
    return found if isinstance(found, str) else ""


def _number(line: Line, key: str) -> float:
    found = line.get(key, 0)
    return float(found) if isinstance(found, int | float) else 0.0
