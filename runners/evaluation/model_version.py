"""Asks a model's server which model it has, so that results of another one are not mixed in."""

import os

from bot.config.machine import Settings
from bot.config.tiers import TierSettings
from bot.models.measured_models import note_identity
from bot.models.model_identity import find_identity, identify_listed
from bot.models.providers import find_model_list
from bot.models.server_answers import list_objects
from bot.models.spec import HOSTED_KINDS, parse_spec
from runners.doctor.ask_server import ask_server


def read_identity(settings: Settings, tier: TierSettings) -> str:
    """Of the tier's first model. What a server says is noted, for who goes by the results later.

    Where it does not answer, what was noted before holds.
    """
    model = tier.models[0]
    if told := _ask_identity(tier, model):
        note_identity(settings, model, tier.base_url, told)
        return told
    return find_identity(settings, tier)


def _ask_identity(tier: TierSettings, model: str) -> str:
    spec = parse_spec(model)
    wanted = find_model_list(spec, tier, os.environ) if spec.kind in HOSTED_KINDS else None
    if wanted is None or wanted.key_env:
        return ""
    entries = list_objects(ask_server(wanted.url, wanted.headers).data, "data")
    own = [each for each in entries if each.get("id") == spec.name]
    # Of one model llama-server answers to any name.
    own = own or (entries if len(entries) == 1 and wanted.address else [])
    if spec.kind == "ollama" and wanted.address:
        root = wanted.address.rstrip("/").removesuffix("/v1")
        tags = list_objects(ask_server(f"{root}/api/tags", wanted.headers).data, "models")
        names = {spec.name, f"{spec.name}:latest"}
        own = [each for each in tags if each.get("name") in names] or own
    return identify_listed(own)
