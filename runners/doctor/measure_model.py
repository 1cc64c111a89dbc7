"""Measures the local tier's model: its parameters, and how many requests are answered at once."""

import os
from collections.abc import Iterator

from bot.config.machine import Settings
from bot.config.paths import resolve_path
from bot.config.tiers import TierSettings
from bot.models.gguf_size import read_file_parameters
from bot.models.measured_models import Measured, note_measured
from bot.models.model_size import find_size
from bot.models.providers import find_model_list
from bot.models.server_answers import list_objects
from bot.models.slots import count_tier_slots
from bot.models.spec import FILE_KINDS, HOSTED_KINDS, parse_spec
from bot.prompts.strategies import SIZES
from runners.doctor.ask_server import ask_server
from runners.doctor.finding import Finding


def measure_model(settings: Settings, tier: TierSettings, lanes: int = 1) -> Iterator[Finding]:
    """What is found is remembered, and used where the settings do not say it. Costs nothing."""
    model = tier.models[0]
    found = _measure(tier, model)
    if found == Measured():
        return
    note_measured(settings, model, tier.base_url, found)
    size, slots = find_size(tier, found.parameters), count_tier_slots(tier)
    if "slots" not in tier.model_fields_set and found.slots:
        slots = max(1, found.slots // lanes)
    count = tier.candidates or min(SIZES[size].count, slots)
    told = f"{found.parameters:,} parameters; " if found.parameters else ""
    beside = f"{count} answers side by side" if count > 1 else "one answer at a time"
    what = f"tier local: {model}: {told}size {size}, {slots} at a time: asked for {beside}"
    yield Finding(what, good=True)


def _measure(tier: TierSettings, model: str) -> Measured:
    spec = parse_spec(model)
    if spec.kind in FILE_KINDS:
        return Measured(read_file_parameters(resolve_path(spec.name, where=model)))
    if spec.kind not in HOSTED_KINDS or not tier.base_url:
        return Measured()
    wanted = find_model_list(spec, tier, os.environ)
    if wanted is None:
        return Measured()
    entries = list_objects(ask_server(wanted.url, wanted.headers).data, "data")
    named = [each for each in entries if each.get("id") == spec.name]
    root = wanted.address.rstrip("/").removesuffix("/v1")
    slots = ask_server(f"{root}/props", wanted.headers).data.get("total_slots")
    return Measured(
        # Of one model llama-server answers to any name.
        _read_parameters(named or entries if len(entries) == 1 else named),
        slots if isinstance(slots, int) and not isinstance(slots, bool) and slots > 0 else 0,
    )


def _read_parameters(entries: list[dict[str, object]]) -> int:
    """`meta.n_params`, as llama-server lists it.

    https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md (GET /v1/models)
    """
    meta = entries[0].get("meta") if entries else None
    count = meta.get("n_params") if isinstance(meta, dict) else None
    return count if isinstance(count, int) and not isinstance(count, bool) and count > 0 else 0
