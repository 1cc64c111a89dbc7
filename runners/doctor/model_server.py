"""Examines what a llama-server tells for nothing: its model, its window, its chat template."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel, Field, ValidationError

from bot.config.tiers import TierSettings
from bot.models.profiles import UNKNOWN, find_profile
from bot.models.server_router import MAX_NAME_CHARACTERS, is_router, query_of
from bot.models.spec import parse_spec
from bot.text.invisible import make_printable
from runners.doctor.ask_server import ask_server
from runners.doctor.finding import Finding
from runners.doctor.prompt_cache import examine_prompt_cache

_TEMPLATE_SWITCHES = ("enable_thinking", "reasoning_effort")


class _Generation(BaseModel):
    n_ctx: int = Field(ge=1)


class _Props(BaseModel):
    """Those fields of its answer that are read here.

    https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md (GET /props)
    """

    default_generation_settings: _Generation
    model_path: str = ""
    chat_template: str = ""
    total_slots: int = Field(default=1, ge=0)


@dataclass(frozen=True, slots=True)
class _Server:
    model: str
    window: int
    switches: tuple[str, ...]
    slots: int = 1


def examine_server(name: str, tier: TierSettings, lanes: int = 1) -> Iterator[Finding]:
    """Nothing is said of a tier without `base_url`, or of a server of another kind."""
    server = _read_server(tier) if tier.base_url else None
    if isinstance(server, str):
        what = f"tier {name}: llama-server routes to several models, and {server} is not loaded"
        yield Finding(f"{what}: its window is told once it is", good=True)
    if not isinstance(server, _Server):
        return
    what = f"tier {name}: llama-server has {server.model}, a window of {server.window} tokens"
    if server.switches:
        what += f" and a template with {' and '.join(server.switches)}"
    yield Finding(what, good=True)
    if name == "local" and lanes > server.slots:
        what = f"tier {name}: {lanes} lanes work at once, and the server answers {server.slots}"
        hint = f"Start it with --parallel {lanes} and a --ctx-size of {lanes} windows."
        yield Finding(what, good=None, hint=hint)
    if cache := examine_prompt_cache(name, server.model):
        yield cache
    if server.window < tier.context:
        hint = (
            f"Set context = {server.window} in [tiers.{name}], or start the server with a larger "
            "--ctx-size: each of its --parallel slots has an equal share of that."
        )
        short = f"tier {name}: context = {tier.context} is more than the server's {server.window}"
        yield Finding(short, good=False, hint=hint)
    if server.switches and tier.thinking == "auto" and find_profile(tier.models[0]) is UNKNOWN:
        hint = f'Set thinking in [tiers.{name}]: a number of tokens, or "off".'
        can = f"tier {name}: the model can think, and its name tells no family that is known"
        yield Finding(can, good=None, hint=hint)


def _read_server(tier: TierSettings) -> _Server | str | None:
    """None where it is a server of another kind, or none answers; the name of what is not loaded.

    Of a router the tier's own model is asked, if it is loaded.
    """
    url = tier.base_url.rstrip("/").removesuffix("/v1") + "/props"
    key = os.environ.get(tier.api_key_env, "").strip() if tier.api_key_env else ""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    found, routed = ask_server(url, headers).data, ""
    if is_router(found):
        routed = parse_spec(tier.models[0]).name
        found = ask_server(url + query_of(routed), headers).data
    try:
        props = _Props.model_validate(found)
    except ValidationError:
        return make_printable(routed, MAX_NAME_CHARACTERS) or None
    model = props.model_path.rpartition("/")[2] or tier.models[0]
    switches = tuple(each for each in _TEMPLATE_SWITCHES if each in props.chat_template)
    window = props.default_generation_settings.n_ctx
    return _Server(model, window, switches, max(props.total_slots, 1))
