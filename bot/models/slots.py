"""How many requests a model answers at a time, so that one task may have several under way."""

from bot.config.tiers import TierSettings
from bot.errors import UserError
from bot.models.spec import HOSTED_KINDS, parse_spec

SERVER_KINDS = frozenset({"llama-server", *HOSTED_KINDS})
"""Kinds that answer several at once; a model in this process and a command answer one."""


def count_slots(model: str, tier: TierSettings) -> int:
    """Of one model of the tier in one lane: 1 or more."""
    try:
        kind = parse_spec(model).kind
    except UserError:
        return 1
    return tier.slots if kind in SERVER_KINDS else 1


def count_tier_slots(tier: TierSettings) -> int:
    """What all models of the tier have: whichever answers, none is asked for more than that."""
    return min(count_slots(model, tier) for model in tier.models)
