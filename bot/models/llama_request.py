"""What the process of a model is asked: to load a file, and to answer one prompt."""

import os
from pathlib import Path

from pydantic import JsonValue

from bot.config.llama import PLAIN_CACHE_TYPES, LlamaSettings
from bot.config.tiers import TierSettings
from bot.models.model import Prompt
from bot.models.profiles import (
    MIN_AUTO_THINKING_TOKENS,
    choose_sampling,
    choose_thinking,
    find_profile,
)

# https://github.com/ggml-org/ggml/blob/master/include/ggml.h (enum ggml_type)
_CACHE_TYPES = {
    "f32": 0,
    "f16": 1,
    "bf16": 30,
    "q4_0": 2,
    "q4_1": 3,
    "q5_0": 6,
    "q5_1": 7,
    "q8_0": 8,
    "iq4_nl": 20,
}
# https://github.com/ggml-org/llama.cpp/blob/master/include/llama.h (enum llama_split_mode)
_SPLIT_MODES = {"none": 0, "layer": 1, "row": 2, "tensor": 3}
MIN_REPLY_TOKENS = 64
"""A prompt that leaves fewer tokens of the window for the reply is refused."""


def load_request(path: Path, settings: TierSettings) -> dict[str, object]:
    return {
        "path": str(path),
        "context": settings.context,
        "gpu_layers": settings.gpu_layers,
        "threads": thread_count(settings.threads),
        **_memory_options(settings.llama),
    }


def _memory_options(llama: LlamaSettings) -> dict[str, object]:
    """Under the names of the library, and nothing that is as the library has it anyway."""
    needed = llama.cache_type_v not in PLAIN_CACHE_TYPES
    options = {
        "flash_attn": llama.flash_attention == "on" or (needed and llama.flash_attention == "auto"),
        "n_batch": llama.batch_size,
        "n_ubatch": llama.ubatch_size,
        "type_k": _CACHE_TYPES[llama.cache_type_k],
        "type_v": _CACHE_TYPES[llama.cache_type_v],
        "split_mode": _SPLIT_MODES[llama.split_mode],
        "tensor_split": list(llama.tensor_split) or None,
    }
    return {"more": {name: value for name, value in options.items() if value is not None}}


def ask_request(prompt: Prompt, settings: TierSettings, name: str) -> dict[str, object]:
    """`name` is the model's as the tier has it: a folder, too, may tell its family."""
    thinking = prompt.thinking if choose_thinking(settings, name) else 0
    return {
        "system": prompt.system,
        "user": prompt.user,
        "variables": _template_variables(settings, name, thinking),
        "sampling": choose_sampling(settings, name, prompt).model_dump(exclude_none=True),
        "seed": prompt.seed,
        "reply": prompt.reply - prompt.thinking + thinking,
        "thinking": thinking,
        "least": MIN_REPLY_TOKENS,
        "stop": [stop for stop in prompt.stop if stop],
        "grammar": prompt.grammar or str(settings.extra.get("grammar") or ""),
    }


def _template_variables(settings: TierSettings, name: str, thinking: int) -> dict[str, JsonValue]:
    """What llama-server gives the template: the same keys of a request have the same effect here.

    https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md (chat_template_kwargs)
    """
    profile = find_profile(name)
    variables: dict[str, JsonValue] = {"enable_thinking": thinking > 0}
    variables.update((profile.on if thinking else profile.off) or {})
    if profile.low_effort and thinking < MIN_AUTO_THINKING_TOKENS:
        variables["reasoning_effort"] = profile.low_effort
    if effort := settings.extra.get("reasoning_effort"):
        variables["reasoning_effort"] = effort
    given = settings.extra.get("chat_template_kwargs")
    return {**variables, **given} if isinstance(given, dict) else variables


def thread_count(configured: int) -> int:
    """0 means every core this process may use."""
    # Fewer than the machine has, under taskset or in a container with a cpuset:
    # https://man7.org/linux/man-pages/man2/sched_setaffinity.2.html
    # By itself llama-cpp-python takes half of the machine's cores to generate:
    # https://github.com/abetlen/llama-cpp-python/blob/main/llama_cpp/llama.py
    return configured or len(os.sched_getaffinity(0))
