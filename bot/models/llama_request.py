"""What the process of a model is asked: to load a file, and to answer one prompt."""

import os
from pathlib import Path

from pydantic import JsonValue

from bot.config.tiers import TierSettings
from bot.models.model import Prompt
from bot.models.profiles import (
    MIN_AUTO_THINKING_TOKENS,
    choose_sampling,
    choose_thinking,
    find_profile,
)

MIN_REPLY_TOKENS = 64
"""A prompt that leaves fewer tokens of the window for the reply is refused."""


def load_request(path: Path, settings: TierSettings) -> dict[str, object]:
    return {
        "path": str(path),
        "context": settings.context,
        "gpu_layers": settings.gpu_layers,
        "threads": thread_count(settings.threads),
    }


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
