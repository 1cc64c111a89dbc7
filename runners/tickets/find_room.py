"""How much of somebody's words the models of this machine have room for."""

from bot.config.machine import Settings
from bot.models.profiles import thinking_room


def find_words_room(settings: Settings) -> int:
    """Tokens that somebody's words may take of a prompt, by the tier with the largest window.

    Half of what a tier has beside answer and thought: the rest is for the file and the failures. A
    task that is too large for the local tier goes to the senior one.
    """
    tiers = [settings.tiers[name] for name in ("local", "senior") if name in settings.tiers]
    rooms = [tier.context - tier.answer - thinking_room(tier) for tier in tiers]
    return max([0, *rooms]) // 2
