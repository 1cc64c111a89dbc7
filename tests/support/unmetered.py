"""A meter of a test in which nobody pays."""

from bot.config.tiers import TierSettings
from bot.models.model import Prompt
from bot.spending import Spent


class Unmetered:
    def begin_call(self, _name: str, _tier: TierSettings, _prompt: Prompt) -> int:
        return 0

    def end_call(self, _seq: int, _spent: Spent) -> None:
        pass
