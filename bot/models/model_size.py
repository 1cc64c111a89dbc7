"""How large a model is: by its parameters where they are known, else by its name or its place."""

import re

from bot.config.tiers import Size, TierSettings
from bot.models.places import find_place

SMALL_BELOW, LARGE_FROM = 10_000_000_000, 60_000_000_000
"""In parameters, all of them: of a mixture of experts those that are idle count as well."""
_UNITS = {"m": 1_000_000, "b": 1_000_000_000, "t": 1_000_000_000_000}
# As in qwen2.5-coder:1.5b, Mixtral-8x7B, Qwen3-30B-A3B; not the 4 bits of Q4_K_M or the A3B.
_COUNT = re.compile(r"(?<![a-z0-9.])(?:(\d{1,3})x)?(\d{1,4}(?:\.\d{1,3})?)([mbt])(?![a-z0-9])")


def choose_size(parameters: int) -> Size:
    if parameters < SMALL_BELOW:
        return "small"
    return "large" if parameters >= LARGE_FROM else "medium"


def read_parameters(name: str) -> int:
    """How many parameters a model's name says it has; 0 where it says nothing.

    Also a label of a GGUF file, `8x7B`: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
    """
    found = [
        int(experts or 1) * round(float(count) * _UNITS[unit])
        for experts, count, unit in _COUNT.findall(name[-200:].lower())
    ]
    return max(found, default=0)


def find_size(tier: TierSettings, measured: int = 0) -> Size:
    """A tier's size, of its first model: the setting, what was measured, the name, the place.

    `measured` is in parameters; 0 where nobody measured.
    """
    if tier.size:
        return tier.size
    if parameters := measured or read_parameters(tier.models[0]):
        return choose_size(parameters)
    return "large" if find_place(tier.models[0], tier) == "away" else "small"
