"""How many candidates of a task are asked for side by side."""

from bot.config.tiers import TierSettings
from bot.models.slots import count_tier_slots


def count_candidates(tier: TierSettings, most: int) -> int:
    """As the setting says, whatever the slots; else as many as there are slots, and `most`."""
    return tier.candidates or min(most, count_tier_slots(tier))
