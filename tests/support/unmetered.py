"""A meter of a test in which nobody pays."""

from bot.config.tiers import TierSettings
from bot.ledger import LedgerRow
from bot.models.model import Prompt, Reply
from bot.spending import Spent


class Unmetered:
    def begin_call(self, _name: str, _tier: TierSettings, _prompt: Prompt, _model: str = "") -> int:
        return 0

    def end_call(self, _seq: int, _spent: Spent) -> None:
        pass

    def find_used_up(self, _model: str, _tier: TierSettings) -> None:
        return None

    def note_used_up(self, _model: str, _tier: TierSettings, _wait: float, _why: str) -> None:
        pass

    def note_answer(self, _model: str, _tier: TierSettings) -> None:
        pass

    def find_answer(self, _name: str, _tier: TierSettings, _prompt: Prompt) -> None:
        return None

    def keep_answer(self, _name: str, _tier: TierSettings, _prompt: Prompt, _reply: Reply) -> None:
        pass

    def forget_answers(self) -> None:
        pass

    def is_entered(self, _row: LedgerRow, _reply: Reply) -> bool:
        return False
