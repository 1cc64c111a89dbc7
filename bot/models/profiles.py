"""What the makers of a family of models ask for: sampling, and how thinking is switched off.

A family is recognised by its name in a model's. A person's settings win over all of it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from bot.config.machine import Sampling, TierSettings

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

    `keeps_temperature`: its makers warn of lower temperatures, so an attempt goes no lower.
    `off` and `on` are variables of its chat template. `source` is the model card.
    """

    family: str
    thinks: Thinks = "never"
    sampling: Sampling = _NOTHING
    thinking_sampling: Sampling = _NOTHING
    keeps_temperature: bool = False
    off: Mapping[str, JsonValue] | None = None
    on: Mapping[str, JsonValue] | None = None
    source: str = ""


UNKNOWN = Profile("unknown")
_ENABLE_THINKING_OFF: Mapping[str, JsonValue] = {"enable_thinking": False}
_ENABLE_THINKING_ON: Mapping[str, JsonValue] = {"enable_thinking": True}
_QWEN_THINKING = Sampling(temperature=0.6, top_p=0.95, top_k=20, min_p=0)
_QWEN_PLAIN = Sampling(temperature=0.7, top_p=0.8, top_k=20, min_p=0)

# The first that matches wins.
_PROFILES: tuple[tuple[re.Pattern[str], Profile], ...] = (
    (
        re.compile(r"qwen-?3(?!.*(instruct|coder))", re.IGNORECASE),
        Profile(
            "Qwen 3",
            thinks="by default",
            sampling=_QWEN_PLAIN,
            thinking_sampling=_QWEN_THINKING,
            keeps_temperature=True,
            off=_ENABLE_THINKING_OFF,
            on=_ENABLE_THINKING_ON,
            source="https://huggingface.co/Qwen/Qwen3-32B#best-practices",
        ),
    ),
)


def find_profile(model: str) -> Profile:
    """The profile of the family that a model's name tells, `UNKNOWN` where it tells none."""
    return next((profile for pattern, profile in _PROFILES if pattern.search(model)), UNKNOWN)


def choose_thinking(tier: TierSettings, model: str) -> int:
    """Tokens for this model's thought, on top of the answer's; 0 where it is not to think."""
    if tier.thinking == "off":
        return 0
    if tier.thinking != "auto":
        return tier.thinking
    thinks = find_profile(model).thinks
    if thinks in {"never", "on request"}:
        return 0
    share = tier.context // _AUTO_SHARE
    room = max(0, min(MAX_AUTO_THINKING_TOKENS, share, tier.context - tier.answer - share))
    return 0 if room < MIN_AUTO_THINKING_TOKENS and thinks == "by default" else room


def thinking_room(tier: TierSettings) -> int:
    """Tokens that a prompt leaves for thought, so that each model of the tier has its own room."""
    return max(choose_thinking(tier, model) for model in tier.models)
