"""What the makers of a family of models ask for: sampling, and how thinking is switched off.

A family is recognised by its name in a model's. A person's settings win over all of it. What a
family has no word of its makers for stays as the attempt has it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from pydantic import JsonValue

from bot.config.tiers import Sampling, TierSettings
from bot.models.model import Prompt

Thinks = Literal["never", "on request", "by default", "always"]
MAX_AUTO_THINKING_TOKENS = 8192
MIN_AUTO_THINKING_TOKENS = 4096
"""In less room most thoughts do not end, so `auto` is `off` there for a family that can be told."""
_AUTO_SHARE = 4
"""`auto` keeps one token in so many of the window for thought."""
_NOTHING = Sampling()


@dataclass(frozen=True, slots=True)
class Profile:
    """One family. `sampling` is for answering at once, `thinking_sampling` for thinking first.

    `keeps_temperature`: greedy decoding makes it repeat itself, so no attempt goes below the
    temperature of its card. `off` and `on` are variables of its chat template; `low_effort` is the
    least `reasoning_effort`, for one that cannot be told not to think. `source` is the model card.
    """

    family: str
    thinks: Thinks = "never"
    sampling: Sampling = _NOTHING
    thinking_sampling: Sampling = _NOTHING
    keeps_temperature: bool = False
    off: Mapping[str, JsonValue] | None = None
    on: Mapping[str, JsonValue] | None = None
    low_effort: str = ""
    source: str = ""

    @property
    def can_be_told(self) -> bool:
        """Whether it answers without any thought where it is asked to."""
        return self.thinks in {"on request", "by default"}


UNKNOWN = Profile("unknown")
_THINKING_OFF: Mapping[str, JsonValue] = MappingProxyType({"enable_thinking": False})
_THINKING_ON: Mapping[str, JsonValue] = MappingProxyType({"enable_thinking": True})
# Most templates that can be told to think or not call it so:
# https://huggingface.co/docs/transformers/chat_templating
_SWITCHED = Profile("unknown", thinks="on request", off=_THINKING_OFF, on=_THINKING_ON)
_QWEN_THINKING = Sampling(temperature=0.6, top_p=0.95, top_k=20, min_p=0)
_QWEN_PLAIN = Sampling(temperature=0.7, top_p=0.8, top_k=20, min_p=0)
_GEMMA = Sampling(temperature=1.0, top_p=0.95, top_k=64, min_p=0)
_GLM = Sampling(temperature=1.0, top_p=0.95)
_DEEPSEEK_R1 = Sampling(temperature=0.6, top_p=0.95)

_QWEN_3 = Profile(
    "Qwen 3",
    thinks="by default",
    sampling=_QWEN_PLAIN,
    thinking_sampling=_QWEN_THINKING,
    keeps_temperature=True,
    off=_THINKING_OFF,
    on=_THINKING_ON,
    source="https://huggingface.co/Qwen/Qwen3-32B#best-practices",
)

# The first that matches wins: what is made of another family's model is named after both.
_PROFILES: tuple[tuple[str, Profile], ...] = (
    (
        r"deepseek-?r1|r1-(0528|distill)|deepseek-reasoner",
        Profile(
            "DeepSeek R1",
            thinks="always",
            sampling=_DEEPSEEK_R1,
            thinking_sampling=_DEEPSEEK_R1,
            keeps_temperature=True,
            source="https://huggingface.co/deepseek-ai/DeepSeek-R1#usage-recommendations",
        ),
    ),
    (
        r"deepseek-?v?3\.[1-9]",
        Profile(
            "DeepSeek 3.1 and later",
            thinks="on request",
            sampling=_DEEPSEEK_R1,
            thinking_sampling=_DEEPSEEK_R1,
            off=MappingProxyType({"thinking": False}),
            on=MappingProxyType({"thinking": True}),
            source="https://huggingface.co/deepseek-ai/DeepSeek-V3.1",
        ),
    ),
    (
        r"gpt-?oss",
        Profile(
            "gpt-oss",
            thinks="always",
            sampling=Sampling(temperature=1.0, top_p=1.0),
            thinking_sampling=Sampling(temperature=1.0, top_p=1.0),
            keeps_temperature=True,
            low_effort="low",
            source="https://github.com/openai/gpt-oss#recommended-sampling-parameters",
        ),
    ),
    (
        r"qwq|qwen-?3[^/]*-thinking",
        Profile(
            "Qwen, always thinking",
            thinks="always",
            sampling=_QWEN_THINKING,
            thinking_sampling=_QWEN_THINKING,
            keeps_temperature=True,
            source="https://huggingface.co/Qwen/Qwen3-235B-A22B-Thinking-2507#best-practices",
        ),
    ),
    (
        r"qwen-?3[^/]*(-instruct|coder)",
        Profile(
            "Qwen 3 Instruct and Coder",
            sampling=_QWEN_PLAIN,
            keeps_temperature=True,
            source="https://huggingface.co/Qwen/Qwen3-Coder-30B-A3B-Instruct#best-practices",
        ),
    ),
    (r"qwen-?3", _QWEN_3),
    (
        r"qwen-?2",
        Profile(
            "Qwen 2.5",
            # Its file also says repetition_penalty 1.05: left out, as code repeats its file.
            sampling=Sampling(temperature=0.7, top_p=0.8, top_k=20),
            source="https://huggingface.co/Qwen/Qwen2.5-Coder-32B-Instruct/blob/main/generation_config.json",
        ),
    ),
    (
        r"gemma-?4",
        Profile(
            "Gemma 4",
            thinks="on request",
            sampling=_GEMMA,
            thinking_sampling=_GEMMA,
            keeps_temperature=True,
            off=_THINKING_OFF,
            on=_THINKING_ON,
            source="https://ai.google.dev/gemma/docs/capabilities/thinking",
        ),
    ),
    (
        r"gemma-?[23]",
        Profile(
            "Gemma 3",
            sampling=_GEMMA,
            source="https://huggingface.co/google/gemma-3-27b-it",
        ),
    ),
    (
        r"magistral",
        Profile(
            "Magistral",
            thinks="always",
            sampling=Sampling(temperature=0.7, top_p=0.95),
            thinking_sampling=Sampling(temperature=0.7, top_p=0.95),
            source="https://huggingface.co/mistralai/Magistral-Small-2509",
        ),
    ),
    (
        r"devstral",
        Profile(
            "Devstral",
            sampling=Sampling(temperature=0.15),
            source="https://huggingface.co/mistralai/Devstral-Small-2-24B-Instruct-2512",
        ),
    ),
    (
        r"glm-?(4\.[5-9]|[5-9])",
        Profile(
            "GLM 4.5 and later",
            thinks="by default",
            sampling=_GLM,
            thinking_sampling=_GLM,
            off=_THINKING_OFF,
            on=_THINKING_ON,
            source="https://github.com/zai-org/GLM-4.5",
        ),
    ),
    (
        r"llama-?[3-9]",
        Profile(
            "Llama",
            sampling=Sampling(temperature=0.6, top_p=0.9),
            source="https://huggingface.co/meta-llama/Llama-3.3-70B-Instruct",
        ),
    ),
)
_COMPILED = tuple((re.compile(name, re.IGNORECASE), profile) for name, profile in _PROFILES)


def find_profile(model: str) -> Profile:
    """The profile of the family that a model's name tells, `UNKNOWN` where it tells none."""
    return next((profile for pattern, profile in _COMPILED if pattern.search(model)), UNKNOWN)


def profile_for(tier: TierSettings, model: str) -> Profile:
    """As `find_profile`; where `thinking` is set, a model of no known family has a switch."""
    profile = find_profile(model)
    return _SWITCHED if profile is UNKNOWN and tier.thinking != "auto" else profile


def choose_thinking(tier: TierSettings, model: str) -> int:
    """Tokens for this model's thought, on top of the answer's; 0 where it is not to think."""
    thinks = find_profile(model).thinks
    if tier.thinking == "off" and thinks != "always":
        return 0
    if isinstance(tier.thinking, int):
        return tier.thinking
    if thinks in {"never", "on request"}:
        return 0
    share = tier.context // _AUTO_SHARE
    room = max(0, min(MAX_AUTO_THINKING_TOKENS, share, tier.context - tier.answer - share))
    return 0 if room < MIN_AUTO_THINKING_TOKENS and thinks == "by default" else room


def thinking_room(tier: TierSettings) -> int:
    """Tokens that a prompt leaves for thought, so that each model of the tier has its own room."""
    return max(choose_thinking(tier, model) for model in tier.models)


def choose_sampling(tier: TierSettings, model: str, prompt: Prompt) -> Sampling:
    """A person's settings, then the card's, then the temperature of the attempt.

    Attempts differ in temperature. With a thought before the answer the card's own is kept, and
    where the card warns of greedy decoding no attempt goes below it.
    """
    profile, own = find_profile(model), tier.sampling
    thinks = profile.thinks == "always" or (prompt.thinking > 0 and profile.thinks != "never")
    card = profile.thinking_sampling if thinks else profile.sampling
    temperature = prompt.temperature
    if card.temperature is not None and thinks:
        temperature = card.temperature
    elif card.temperature is not None and profile.keeps_temperature:
        temperature = max(temperature, card.temperature)
    given = {
        **card.model_dump(exclude_none=True),
        "temperature": temperature,
        **own.model_dump(exclude_none=True),
    }
    return Sampling(**given)
