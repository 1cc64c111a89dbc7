"""What one request to a hosted model says beside its messages: room, sampling, thinking, extras."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import JsonValue

from bot.config.tiers import Sampling, TierSettings
from bot.models.model import Prompt
from bot.models.profiles import (
    MIN_AUTO_THINKING_TOKENS,
    choose_sampling,
    find_profile,
    profile_for,
)
from bot.models.spec import HOSTED_KINDS, Spec

if TYPE_CHECKING:
    from pydantic_ai.settings import ModelSettings, ThinkingLevel

Body = dict[str, JsonValue]
SERVER_KINDS = frozenset({"openai-chat", "vllm", "litellm"})
"""Kinds whose `base_url` is a server that renders the model's own chat template."""
# A chat request of OpenAI's has no `grammar`; one to llama.cpp's server has, and it is GBNF.
# https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
GRAMMAR_KINDS = (*SERVER_KINDS, "ollama")
# Their APIs answer 400 to what they do not know: https://platform.openai.com/docs/api-reference/chat
_STRICT_KINDS = frozenset({"openai", "openai-responses", "azure"})
_STANDARD = ("temperature", "top_p", "presence_penalty", "frequency_penalty")
# vLLM has its own name for it: https://docs.vllm.ai/en/stable/api/vllm/sampling_params/
_RENAMED = {"vllm": {"repeat_penalty": "repetition_penalty"}}
# By the budget that the library gives Anthropic's models for each: it has to fit into the room.
# https://ai.pydantic.dev/thinking/
_EFFORTS: "tuple[tuple[int, ThinkingLevel], ...]" = (
    (16_384, "high"),
    (10_000, "medium"),
    (2_048, "low"),
    (0, "minimal"),
)


@dataclass(frozen=True, slots=True)
class RequestSettings:
    """`settings` is what the library sends; no person asked for the `optional_keys` of it."""

    settings: "ModelSettings"
    optional_keys: frozenset[str]


def build_request(
    prompt: Prompt, tier: TierSettings, spec: Spec, unknown: frozenset[str] = frozenset()
) -> RequestSettings:
    """Retries are off: the chain makes them. `unknown` are keys that the server has refused."""
    sampling = choose_sampling(tier, spec.name, prompt)
    settings: ModelSettings = {
        "max_tokens": prompt.reply,
        "timeout": tier.timeout,
        # The providers' clients retry by themselves: https://github.com/openai/openai-python#retries
        "max_retries": 0,
    }
    for name in _STANDARD:
        if (value := getattr(sampling, name)) is not None and name not in unknown:
            settings[name] = value  # type: ignore[literal-required]  # the names of `_STANDARD`
    if "seed" not in unknown:
        settings["seed"] = prompt.seed
    if prompt.stop:
        settings["stop_sequences"] = list(prompt.stop)
    ours = {**_further_sampling(sampling, tier, spec, settings), **_thinking(prompt, tier, spec)}
    if prompt.grammar and tier.base_url and spec.kind in GRAMMAR_KINDS:
        ours["grammar"] = prompt.grammar
    ours = {key: value for key, value in ours.items() if key not in unknown}
    if body := _merge(ours, tier.extra):
        settings["extra_body"] = body
    if not tier.base_url or spec.kind not in SERVER_KINDS:
        _ask_provider(settings, prompt, tier, spec)
    names = _RENAMED.get(spec.kind, {})
    asked = {names.get(name, name) for name, value in tier.sampling if value is not None}
    optional = {*ours, *_STANDARD, "seed"} - asked - tier.extra.keys() - unknown
    return RequestSettings(settings, frozenset(optional))


def _merge(ours: Body, theirs: Body) -> Body:
    """A person's keys win; of a table that both have, each single one does."""
    merged = {**ours, **theirs}
    for key in ours.keys() & theirs.keys():
        mine, yours = ours[key], theirs[key]
        if isinstance(mine, dict) and isinstance(yours, dict):
            merged[key] = {**mine, **yours}
    return merged


def _further_sampling(
    sampling: Sampling, tier: TierSettings, spec: Spec, settings: "ModelSettings"
) -> Body:
    """What OpenAI's API has no key for goes to other servers only, each under its name there."""
    names = {"top_k", "min_p", "repeat_penalty"}
    values: Body = {name: value for name, value in sampling if name in names and value is not None}
    speaks_chat = HOSTED_KINDS[spec.kind][0] == "openai" and spec.kind not in _STRICT_KINDS
    if speaks_chat and (tier.base_url or spec.kind != "openai-chat"):
        renamed = _RENAMED.get(spec.kind, {})
        return {renamed.get(name, name): value for name, value in values.items()}
    if sampling.top_k is not None and not speaks_chat and spec.kind not in _STRICT_KINDS:
        settings["top_k"] = sampling.top_k
    return {}


def _thinking(prompt: Prompt, tier: TierSettings, spec: Spec) -> Body:
    """How a server that renders the chat template is told to think, how much, or not at all."""
    profile = profile_for(tier, spec.name)
    if not tier.base_url or spec.kind not in SERVER_KINDS or profile.thinks == "never":
        return {}
    if "openrouter.ai" in tier.base_url:
        # https://openrouter.ai/docs/use-cases/reasoning-tokens
        return {
            "reasoning": {"max_tokens": prompt.thinking} if prompt.thinking else {"effort": "none"}
        }
    body: Body = {}
    if variables := profile.on if prompt.thinking else profile.off:
        body["chat_template_kwargs"] = dict(variables)
    # https://cookbook.openai.com/articles/gpt-oss/run-vllm
    if profile.low_effort and prompt.thinking < MIN_AUTO_THINKING_TOKENS:
        body["reasoning_effort"] = profile.low_effort
    if profile.low_effort:
        return body
    if prompt.thinking and spec.kind == "openai-chat":
        # llama-server ends a thought there: https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
        body["thinking_budget_tokens"] = prompt.thinking
    return body


def _ask_provider(
    settings: "ModelSettings", prompt: Prompt, tier: TierSettings, spec: Spec
) -> None:
    """The provider's own switch, where a person or the family says that there is one."""
    # One setting for all providers, and no request changes for a model that has no such switch:
    # https://ai.pydantic.dev/thinking/
    profile = find_profile(spec.name)
    if tier.thinking == "off" or (profile.can_be_told and not prompt.thinking):
        settings["thinking"] = False
    elif prompt.thinking and (isinstance(tier.thinking, int) or profile.can_be_told):
        settings["thinking"] = next(
            effort for tokens, effort in _EFFORTS if prompt.thinking >= tokens
        )
        if spec.kind == "anthropic":
            # "not compatible with temperature or top_k modifications":
            # https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking
            for name in ("temperature", "top_p", "top_k"):
                settings.pop(name, None)  # type: ignore[misc]  # the names of its keys
