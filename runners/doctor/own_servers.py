"""Examines the llama-servers that Bricklayer starts by itself: what lanes have, how they are."""

import http.client
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bot.config.machine import Settings
from bot.config.paths import resolve_path
from bot.config.tiers import Lane, TierSettings
from bot.models.llama_cpp import is_gpu_variable
from bot.models.llama_server.command import build_command
from bot.models.llama_server.keeper_link import look_at_server
from bot.models.llama_server.place import find_server_place
from bot.models.llama_server.server_process import SOCKET_NAME
from bot.models.llama_server.unix_http import UnixConnection
from bot.models.spec import parse_spec
from runners.doctor.finding import Finding
from runners.doctor.prompt_cache import find_memory

SLOT_SECONDS = 2.0
_ANEW = "a plain server may read the whole of each prompt anew"


@dataclass(frozen=True, slots=True)
class RunningServer:
    """`busy` and `slots` are those that it tells, 0 where it tells none."""

    pid: int
    busy: int = 0
    slots: int = 0


def examine_own_servers(settings: Settings, name: str, model: str) -> Iterator[Finding]:
    """Of one usable model of the tier. Nothing is started."""
    tier = settings.tiers[name]  # type: ignore[index]  # a word of TIERS
    lanes = settings.lanes if name == "local" else settings.lanes[:1]
    yield _describe(settings, name, model, lanes)
    yield from _judge_cache(name, model, tier)
    if name == "local":
        yield from _judge_shared_gpus(name, model, settings.lanes)
    yield from _judge_twins(settings, name, model)


def find_running(settings: Settings, tier: TierSettings, model: str, lane: Lane) -> RunningServer:
    """Its server on that lane; `pid` is 0 where there is none."""
    place = find_server_place(settings, lane)
    path = resolve_path(parse_spec(model).name, where=model)
    folder = place.folder / build_command(path, tier, place.lane).key
    pid = look_at_server(folder).get("pid")
    if not isinstance(pid, int):
        return RunningServer(0)
    busy, slots = _count_slots(folder)
    return RunningServer(pid, busy, slots)


def _count_slots(folder: Path) -> tuple[int, int]:
    """Those that work and all, as it tells them while it is not too busy to.

    https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md (GET /slots)
    """
    try:
        with closing(UnixConnection(folder, SOCKET_NAME, SLOT_SECONDS)) as connection:
            slots = connection.ask_list("/slots")
    except (OSError, http.client.HTTPException):
        return 0, 0
    return sum(1 for each in slots if each.get("is_processing")), len(slots)


def _describe(settings: Settings, name: str, model: str, lanes: tuple[Lane, ...]) -> Finding:
    tier = settings.tiers[name]  # type: ignore[index]  # a word of TIERS
    each = "a server for each of its lanes" if len(lanes) > 1 else "a server"
    slots = f"{tier.slots} slots" if tier.slots > 1 else "one slot"
    running = [find_running(settings, tier, model, lane) for lane in lanes]
    told = [_describe_running(each) for each in running if each.pid]
    now = f"; runs as {', '.join(told)}" if told else ""
    what = f"tier {name}: {model}: {each} of its own, with {slots} of {tier.context} tokens{now}"
    return Finding(what, good=True)


def _describe_running(server: RunningServer) -> str:
    busy = f", {server.busy} of {server.slots} slots busy" if server.slots else ""
    return f"process {server.pid}{busy}"


def _judge_cache(name: str, model: str, tier: TierSettings) -> Iterator[Finding]:
    """What it keeps of a prompt can be cut back to any place only for plain attention."""
    memory = find_memory(model)
    if memory == "sliding" and "--swa-full" not in tier.llama.server_args:
        what = f"tier {name}: {model} has a sliding window: {_ANEW}"
        hint = f'Set server_args = ["--swa-full"] in [tiers.{name}.llama]; it takes more memory.'
        yield Finding(what, good=None, hint=hint)
    if memory == "recurrent" and tier.llama.context_checkpoints is None:
        what = f"tier {name}: {model} is a hybrid or recurrent model: {_ANEW}"
        hint = f"Set context_checkpoints = 32 in [tiers.{name}.llama]."
        yield Finding(what, good=None, hint=hint)


def _judge_shared_gpus(name: str, model: str, lanes: tuple[Lane, ...]) -> Iterator[Finding]:
    seen: dict[tuple[tuple[str, str], ...], str] = {}
    for lane in lanes:
        own = tuple(sorted((key, value) for key, value in lane.env.items() if is_gpu_variable(key)))
        if before := seen.setdefault(own, lane.name):
            if before == lane.name:
                continue
            what = f"tier {name}: lanes {before} and {lane.name} see the same GPUs, with {model} on"
            hint = "Give each lane its CUDA_VISIBLE_DEVICES in `env`, or have one lane and `slots`."
            yield Finding(f"{what} each", good=None, hint=hint)


def _judge_twins(settings: Settings, name: str, model: str) -> Iterator[Finding]:
    """Another tier with the same file and other settings."""
    mine = _identify(settings.tiers[name], model)  # type: ignore[index]  # a word of TIERS
    for other, tier in settings.tiers.items():
        if other > name and model in tier.models and _identify(tier, model) != mine:
            what = f"tiers {name} and {other} have the same file, each with a server of its own"
            hint = "With the same `context`, `slots`, `gpu_layers` and `llama` they share one."
            yield Finding(what, good=None, hint=hint)


def _identify(tier: TierSettings, model: str) -> str:
    path = resolve_path(parse_spec(model).name, where=model)
    return build_command(path, tier, None).key
