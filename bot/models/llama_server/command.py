"""The command line and the environment of a llama-server, from a tier's settings."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.config.llama import OWN_FLAGS, LlamaSettings
from bot.config.tiers import Lane, TierSettings
from bot.models.llama_cpp import build_child_env, is_gpu_variable
from bot.models.llama_request import thread_count
from bot.models.llama_server.program import Program, find_program, require_flags
from bot.models.llama_server.server_process import SOCKET_NAME

ALL_LAYERS = 999
"""More than any model has. "all" is a word of newer builds alone."""
# Each of its arguments may come from a variable, too, and what stands there by chance is not meant.
# https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
_ARGUMENT_VARIABLES = ("LLAMA_ARG_", "LLAMA_API_KEY")


@dataclass(frozen=True, slots=True)
class ServerCommand:
    """`key` is the same for all who would start the same server."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    key: str


def build_command(
    path: Path, tier: TierSettings, lane: Lane | None, env: Mapping[str, str] = os.environ
) -> ServerCommand:
    """Raises UserError for a program that is not there, and for flags that it does not know."""
    program = find_program(tier.llama.server, env)
    words = [*_required(path, tier), *_chosen(tier.llama), *tier.llama.server_args]
    require_flags(program, words, {**OWN_FLAGS, "--cache-reuse": "`cache_reuse`"})
    words += _optional(program)
    named = {name: value for name, value in env.items() if not name.startswith(_ARGUMENT_VARIABLES)}
    variables = build_child_env(named, lane)
    key = _hash_command(program.path, path, words, variables, lane)
    threads = ("--threads", str(thread_count(tier.threads)))
    return ServerCommand((str(program.path), *words, *threads), variables, key)


def _required(path: Path, tier: TierSettings) -> Iterator[str]:
    yield from ("--model", str(path), "--host", SOCKET_NAME)
    # The window of one slot is an equal share of it.
    yield from ("--ctx-size", str(tier.context * tier.slots), "--parallel", str(tier.slots))
    layers = ALL_LAYERS if tier.gpu_layers < 0 else tier.gpu_layers
    yield from ("--n-gpu-layers", str(layers))


def _chosen(llama: LlamaSettings) -> Iterator[str]:
    """What differs from the server's own default; each build has that as its makers want it."""
    defaults = LlamaSettings()
    values = {
        "--flash-attn": llama.flash_attention,
        "--batch-size": llama.batch_size,
        "--ubatch-size": llama.ubatch_size,
        "--cache-type-k": llama.cache_type_k,
        "--cache-type-v": llama.cache_type_v,
        "--split-mode": llama.split_mode,
        "--cache-reuse": llama.cache_reuse,
        "--ctx-checkpoints": llama.context_checkpoints,
        "--spec-type": llama.speculative,
    }
    usual = {
        "--flash-attn": defaults.flash_attention,
        "--cache-type-k": defaults.cache_type_k,
        "--cache-type-v": defaults.cache_type_v,
        "--split-mode": defaults.split_mode,
        "--spec-type": defaults.speculative,
    }
    for flag, value in values.items():
        if value is not None and value != usual.get(flag):
            yield from (flag, str(value))
    if llama.tensor_split:
        yield from ("--tensor-split", ",".join(f"{share:g}" for share in llama.tensor_split))


def _optional(program: Program) -> Iterator[str]:
    """What a build may lack, and is the better for where it has it."""
    for names in (("--no-webui", "--no-ui"), ("--jinja",), ("--slots",), ("--metrics",)):
        if flag := program.choose(*names):
            yield flag


def _hash_command(
    program: Path, model: Path, words: list[str], variables: Mapping[str, str], lane: Lane | None
) -> str:
    """Without the number of threads, which may follow from how many lanes there are."""
    stamps = [(found.st_mtime_ns, found.st_size) for found in (program.stat(), model.stat())]
    seen = sorted((name, value) for name, value in variables.items() if is_gpu_variable(name))
    own = [lane.name, sorted(lane.env.items())] if lane else []
    identity = json.dumps([str(program), stamps, words, seen, own])
    # 64 bits: a machine has a handful of them.
    return hashlib.sha256(identity.encode()).hexdigest()[:16]
