"""Reads which of this machine's models a person chooses for a job, by command or label."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.config.machine import Settings
from bot.text.letter_case import is_same_but_case

_MODEL = re.compile(r"(?!-)[A-Za-z0-9._:/-]{1,100}")
TIER_WORDS = {
    "local": "local",
    "senior": "senior",
    "planner": "planner",
    "reviewer": "reviewer",
    "review": "reviewer",
}
"""What a person may call a tier -> its own name."""


def parse_choice(word: str) -> str:
    """`TIER=MODEL` with the tier's own name; empty where it is none."""
    tier, _, model = word.partition("=")
    return f"{TIER_WORDS[tier]}={model}" if tier in TIER_WORDS and _MODEL.fullmatch(model) else ""


def parse_model_labels(labels: Iterable[str], label: str) -> dict[str, str]:
    """Tier -> model, out of labels such as `bricklayer:review=codex`, where `label` is bricklayer.

    Two labels that say different things of one tier say nothing.
    """
    named = (name_after_label(each, label) for each in labels)
    choices = {parse_choice(name) for name in named if name}
    pairs = [each.split("=", 1) for each in sorted(choices - {""})]
    tiers = [tier for tier, _ in pairs]
    return {tier: model for tier, model in pairs if tiers.count(tier) == 1}


def name_after_label(name: str, label: str) -> str:
    """Of a label such as `bricklayer:review=codex` what follows the colon; empty for another."""
    before = f"{label}:"
    return name[len(before) :] if is_same_but_case(name[: len(before)], before) else ""


def find_unknown_labels(labels: Iterable[str], label: str) -> tuple[str, ...]:
    """Those that begin as a choice does and are none, such as `bricklayer:locl=big`."""
    named = ((each, name_after_label(each, label)) for each in labels)
    return tuple(each for each, name in named if name and not parse_choice(name))


def find_model(settings: Settings, tier: str, word: str) -> str:
    """The configured model a person means by `word`, empty for none: no other can be chosen.

    Its whole name, its kind (`codex` of `cli:codex`) or the model's part of it.
    """
    known = [m for each in settings.tiers.values() for m in each.models]
    own = settings.tiers[tier].models if tier in settings.tiers else ()
    for spec in (*own, *known):
        if word in {spec, *spec.split(":"), spec.rpartition("/")[2]}:
            return spec
    return ""


def list_models(settings: Settings) -> tuple[str, ...]:
    """The models that a person may choose from; of a model's file only the name is shown."""
    models = (model.partition(":") for tier in settings.tiers.values() for model in tier.models)
    names = (kind + colon + _without_folder(name) for kind, colon, name in models)
    return tuple(dict.fromkeys(names))


def _without_folder(name: str) -> str:
    return Path(name).name if name.startswith(("/", "~", ".")) else name


def find_unknown_choices(settings: Settings, choices: Mapping[str, str]) -> tuple[str, ...]:
    """Of `tier=model` those that this machine cannot follow."""
    return tuple(
        f"{tier}={model}"
        for tier, model in choices.items()
        if tier not in settings.tiers or not find_model(settings, tier, model)
    )
