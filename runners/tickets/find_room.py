"""How much room the models of this machine have for words and logs."""

from bot.config.machine import Settings
from bot.models.profiles import thinking_room
from bot.plan.followup_plans import MAX_LOG_CHARACTERS
from runners.checks.failure_digest import BYTES_PER_TOKEN

MIN_LOG_BYTES = 600
_FRAME = 200
"""Characters of the quotation's fence, and of lines that are wrapped in it."""


def find_words_room(settings: Settings) -> int:
    """Tokens that somebody's words may take of a prompt, by the tier with the largest window.

    Half of what a tier has beside answer and thought: the rest is for the file and the failures. A
    task that is too large for the local tier goes to the senior one.
    """
    return max([0, *list_prompt_rooms(settings)]) // 2


def list_prompt_rooms(settings: Settings) -> list[int]:
    """Tokens beside answer and thought, of each tier that builds."""
    tiers = [settings.tiers[name] for name in ("local", "senior") if name in settings.tiers]
    return [tier.context - tier.answer - thinking_room(tier) for tier in tiers]


def find_log_room(settings: Settings) -> int:
    """Bytes that the failures may take: a task's text is never cut to fit a window."""
    third = min(list_prompt_rooms(settings), default=0) // 3 * BYTES_PER_TOKEN
    return max(MIN_LOG_BYTES, min(MAX_LOG_CHARACTERS - _FRAME, third))
