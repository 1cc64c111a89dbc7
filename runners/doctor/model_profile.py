"""Says how each model of a tier is asked: its family, its thinking, its sampling, its room."""

from collections.abc import Iterator

from bot.config.tiers import Sampling, TierSettings
from bot.models.model import Prompt
from bot.models.profiles import Profile, choose_sampling, choose_thinking, profile_for
from bot.models.spec import FILE_KINDS, HOSTED_KINDS, parse_spec
from runners.doctor.finding import Finding

_SAMPLED_KINDS = HOSTED_KINDS.keys() | FILE_KINDS
"""Kinds of model that take sampling; a CLI and a script have their own."""


def describe_models(name: str, tier: TierSettings) -> Iterator[Finding]:
    """One finding a model. Nothing is asked: it follows from the settings and the model's name."""
    for model in tier.models:
        if parse_spec(model).kind in _SAMPLED_KINDS:
            yield _describe(name, tier, model)


def _describe(name: str, tier: TierSettings, model: str) -> Finding:
    profile, thinking = profile_for(tier, model), choose_thinking(tier, model)
    prompt = Prompt("", "", thinking=thinking)
    whole = tier.whole_file or tier.answer
    parts = [
        f"family {profile.family}",
        _describe_thinking(profile, thinking),
        f"answer {tier.answer} tokens",
        f"files of up to {whole} tokens asked for whole",
        _describe_sampling(choose_sampling(tier, model, prompt), tier, profile, thinking),
    ]
    if tier.extra:
        parts.append(f"with each request: {', '.join(sorted(tier.extra))}")
    hint = f"See {profile.source}" if profile.source else ""
    what = f"tier {name}: {model}: {'; '.join(parts)}"
    if isinstance(tier.thinking, int) and profile.thinks == "never":
        hint = f'Its family does not think: set thinking = "off" in [tiers.{name}].'
        return Finding(what, good=None, hint=hint)
    return Finding(what, good=True, hint=hint)


def _describe_thinking(profile: Profile, thinking: int) -> str:
    if thinking:
        return f"thinks, in {thinking} tokens of its own"
    return "thinking off" if profile.can_be_told else "does not think"


def _describe_sampling(
    sampling: Sampling, tier: TierSettings, profile: Profile, thinking: int
) -> str:
    """Without a fixed temperature each attempt has its own."""
    given = sampling.model_dump(exclude_none=True)
    fixed = tier.sampling.temperature is not None or (thinking and profile.source)
    least = profile.keeps_temperature and profile.sampling.temperature
    if not fixed:
        given.pop("temperature")
        own = f"temperature of each attempt{f', at least {least:g}' if least else ''}"
    words = [f"{key} {value:g}" for key, value in given.items()]
    return ", ".join(words if fixed else [own, *words])
