"""Writes this machine's `bricklayer.toml`, or says what it would add to the one that is there."""

from collections.abc import Iterator, Sequence

from bot.config.machine import Settings
from bot.config.tiers import TierSettings
from bot.text.listed import join_first
from runners.onboarding.model_servers import ModelServer
from runners.onboarding.propose import Machine
from runners.onboarding.write_config import quote_toml

HEAD = """\
#:schema ./bricklayer.schema.json
# This machine: its models, and what checks may use of it. `bricklayer doctor` examines it.
"""
_NO_MODEL = """\
# No server of models answers here. Start one, then take out the "# " (docs/models.md):
# [tiers.local]
# models = ["openai-chat:qwen2.5-coder-32b"]
# base_url = "http://127.0.0.1:8080/v1"
# context = 16384
# Or have one started for a model's file, if `llama-server` is on PATH; then without base_url:
# models = ["llama-server:/models/qwen2.5-coder-32b-q4_k_m.gguf"]
"""
_SENIOR = """\
# For what the local model cannot do, and to write plans from issues; both may cost money:
# [tiers.senior]
# models = ["cli:claude"]
# [tiers.planner]
# models = ["cli:claude"]
"""
_ANSWER = TierSettings.model_fields["answer"].default


def write_settings(machine: Machine) -> str:
    # Keys of the file itself come before its first table: https://toml.io/en/v1.0.0#table
    parts = [HEAD, *_toolchains((), machine), *_setup_access(Settings(), machine)]
    parts += [_tier(machine.servers)] if machine.servers else [_NO_MODEL]
    return "\n".join([*parts, _SENIOR])


def describe_additions(settings: Settings, machine: Machine) -> str:
    """What the settings lack, as lines for a person to add; empty where they lack nothing.

    They are keys of the file itself, so their place is before its tables.
    """
    return "\n".join(
        [*_toolchains(settings.toolchains, machine), *_setup_access(settings, machine)]
    )


def describe_tier(settings: Settings, machine: Machine) -> str:
    """A table for the end of the file, where no local model is named and a server is there."""
    return _tier(machine.servers) if machine.servers and "local" not in settings.tiers else ""


def _setup_access(settings: Settings, machine: Machine) -> Iterator[str]:
    access = machine.access
    if access.ca_file and not settings.setup_ca_file:
        said = "# The certificates that this account's tools trust, for [setup]:"
        yield f"{said}\nsetup_ca_file = {quote_toml(access.ca_file)}\n"
    if variables := [name for name in access.variables if name not in settings.setup_env]:
        lines = [f'{name} = {{ env = "{name}" }}' for name in variables]
        yield "\n".join(
            ("# Indexes and proxies of this account, for [setup]:", "[setup_env]", *lines, "")
        )


def _toolchains(before: Sequence[str], machine: Machine) -> Iterator[str]:
    if more := machine.needed.toolchains:
        words = ", ".join(quote_toml(name) for name in (*before, *more))
        said = "# What this account has under its home folder, for checks to read:"
        yield f"{said}\ntoolchains = [{words}]\n"


def _tier(servers: Sequence[ModelServer]) -> str:
    server, *others = servers
    lines = [f"[tiers.local]  # {server.kind}, which answers on this machine"]
    lines += [f"models = [{quote_toml(f'openai-chat:{server.models[0]}')}]"]
    lines += [f"# it also has {', '.join(quote_toml(m) for m in server.models[1:6])}"] * bool(
        server.models[1:]
    )
    lines += [f"base_url = {quote_toml(server.base_url)}"]
    if server.window:
        context = max(server.window, 1024)
        lines += [f"context = {context}  # tokens, its window{_default_note(server)}"]
        # A prompt must have room beside the answer.
        lines += [f"answer = {max(64, context // 4)}"] * (context < 3 * _ANSWER)
    for other in others:
        names = join_first(other.models, 3, quote_toml)
        lines += [f"# {other.kind} at {other.base_url} has {names}"]
    return "\n".join([*lines, ""])


def _default_note(server: ModelServer) -> str:
    if not server.is_default_window:
        return ""
    return " as it starts by itself: OLLAMA_CONTEXT_LENGTH=16384 gives it more"
