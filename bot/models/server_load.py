"""How busy a llama-server is, by what it answers; what has another form counts as not told.

https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md (GET /props, GET /slots,
GET /metrics); of a slot's tokens its source alone tells:
https://github.com/ggml-org/llama.cpp/blob/master/tools/server/server-context.cpp
One that routes to several models is asked of each by itself (`bot.models.server_router`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

from bot.models.server_answers import list_objects, read_count, read_object
from bot.models.server_router import (
    Get,
    asking_of,
    describe_routed,
    find_routed,
    is_router,
    list_routed,
)

MAX_SLOTS = 1024
MAX_NUMBER = 1e15
_PREFIX = "llamacpp:"
_COUNTERS = (
    "prompt_tokens_total",
    "prompt_seconds_total",
    "tokens_predicted_total",
    "tokens_predicted_seconds_total",
)


@dataclass(frozen=True, slots=True)
class Counters:
    """Since the server began: tokens read and written, and the seconds that took."""

    read: float = 0.0
    read_seconds: float = 0.0
    written: float = 0.0
    written_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ServerLoad:
    """`slots` is 0 where it tells none.

    `prompt` are the tokens of what its busy slots were asked, `cached` those that it had already.
    `note` is what it does in place of answering.
    """

    busy: int = 0
    slots: int = 0
    prompt: int = 0
    cached: int = 0
    counters: Counters | None = None
    note: str = ""


def read_loads(get: Get, models: Sequence[str], *, at_work: bool) -> dict[str, ServerLoad]:
    """By model; a server with one model has any name, and is told of by the first of `models`.

    Empty for a server of another kind. Raises OSError where it does not answer.

    While nothing is `at_work` only /props is asked for: all else wakes a server that sleeps, and
    keeps it awake (README, "Sleeping on Idle").
    """
    status, body = get("/props")
    props = read_object(body)
    if is_router(props):
        return _read_routed(get, models, at_work=at_work)
    load = _read_one(get, status, props, at_work=at_work)
    return {models[0]: load} if load else {}


def _read_routed(get: Get, models: Sequence[str], *, at_work: bool) -> dict[str, ServerLoad]:
    routed = list_routed(get)
    found: dict[str, ServerLoad] = {}
    for name in models:
        own, note = find_routed(routed, name), describe_routed(routed, name)
        load = None
        if own and own.state == "loaded":
            ask = asking_of(get, own)
            status, body = ask("/props")
            load = _read_one(ask, status, read_object(body), at_work=at_work)
        told = load or ServerLoad()
        found[name] = replace(told, note="; ".join(filter(None, (told.note, note))))
    return found


def _read_one(
    get: Get, status: int, props: dict[str, object], *, at_work: bool
) -> ServerLoad | None:
    """By what it answered to /props; None for a server of another kind."""
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return ServerLoad(note="loads its model")
    if status != HTTPStatus.OK or "default_generation_settings" not in props:
        return None
    load = ServerLoad(slots=min(read_count(props.get("total_slots")), MAX_SLOTS))
    if props.get("is_sleeping") is True:
        return replace(load, note="sleeps until it is asked")
    if not at_work:
        return load
    return replace(_read_slots(get("/slots"), load), counters=_read_counters(get("/metrics")))


def _read_slots(answer: tuple[int, bytes], load: ServerLoad) -> ServerLoad:
    status, body = answer
    # 501 where it was started with --no-slots.
    all_slots = list_objects(read_object(b'{"all": ' + body + b"}"), "all")[:MAX_SLOTS]
    if status != HTTPStatus.OK or not all_slots:
        return load
    busy = [slot for slot in all_slots if slot.get("is_processing") is True]
    parts = [_read_prompt(slot) for slot in busy]
    prompt, cached = sum(all_ for all_, _ in parts), sum(had for _, had in parts)
    return ServerLoad(len(busy), len(all_slots), prompt, cached)


def _read_prompt(slot: dict[str, object]) -> tuple[int, int]:
    """Tokens that it knows of what it was asked, and those of them that it had."""
    # Not its `n_prompt_tokens`, which counts those of the answer as well, as they are made:
    # `prompt.tokens.size()` in https://github.com/ggml-org/llama.cpp/blob/master/tools/server/server-context.cpp
    cached = read_count(slot.get("n_prompt_tokens_cache"))
    return cached + read_count(slot.get("n_prompt_tokens_processed")), cached


def _read_counters(answer: tuple[int, bytes]) -> Counters | None:
    """None where it was started without --metrics, or one of them is no number."""
    status, body = answer
    if status != HTTPStatus.OK:
        return None
    found: dict[str, float] = {}
    # https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
    for line in body.decode(errors="replace").splitlines():
        name, _, value = line.strip().partition(" ")
        if name.removeprefix(_PREFIX) in _COUNTERS and name.startswith(_PREFIX):
            found[name.removeprefix(_PREFIX)] = _read_number(value.strip())
    values = [found.get(name, -1.0) for name in _COUNTERS]
    return Counters(*values) if min(values) >= 0 else None


def _read_number(text: str) -> float:
    """-1 for what is none."""
    try:
        number = float(text[:64])
    except ValueError:
        return -1.0
    return number if math.isfinite(number) and 0 <= number <= MAX_NUMBER else -1.0


def compute_rates(now: Counters, before: Counters | None) -> tuple[float, float]:
    """Tokens a second of prompts and answers since the look before; 0 where none was done since.

    By its counters, as its own averages are since anybody last asked.
    """
    if before is None or now.read < before.read or now.written < before.written:
        before = Counters()  # it was started anew
    return (
        _divide(now.read - before.read, now.read_seconds - before.read_seconds),
        _divide(now.written - before.written, now.written_seconds - before.written_seconds),
    )


def _divide(tokens: float, seconds: float) -> float:
    return tokens / seconds if tokens > 0 and seconds > 0 else 0.0
