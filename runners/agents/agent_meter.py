"""The meter of an agent's attempt as a whole: each call is paid for by itself, in the proxy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.config.tiers import TierSettings
from bot.git.repo import Repo
from bot.ledger import LedgerRow
from bot.models.model import Prompt, Reply
from bot.spending import Spent
from runners.metered_models import CallMeter

if TYPE_CHECKING:
    from bot.storage.quotas import UsedUp


@dataclass(frozen=True, slots=True)
class AgentMeter:
    """A kept answer is used where `repo` has the tree that was left: another machine's has not."""

    meter: CallMeter
    repo: Repo

    def begin_call(self, *_asked: object) -> int:
        return 0

    def end_call(self, _seq: int, _spent: Spent) -> None:
        return None

    def find_used_up(self, model: str, tier: TierSettings) -> "UsedUp | None":
        return self.meter.find_used_up(model, tier)

    def note_used_up(self, model: str, tier: TierSettings, wait: float, why: str) -> None:
        self.meter.note_used_up(model, tier, wait, why)

    def note_answer(self, model: str, tier: TierSettings) -> None:
        self.meter.note_answer(model, tier)

    def find_answer(self, name: str, tier: TierSettings, prompt: Prompt) -> Reply | None:
        found = self.meter.find_answer(name, tier, prompt)
        return found if found and self._is_here(found.events) else None

    def keep_answer(self, name: str, tier: TierSettings, prompt: Prompt, reply: Reply) -> None:
        self.meter.keep_answer(name, tier, prompt, reply)

    def is_entered(self, row: LedgerRow, reply: Reply) -> bool:
        return self.meter.is_entered(row, reply)

    def forget_answers(self) -> None:
        self.meter.forget_answers()

    def _is_here(self, events: Sequence[object]) -> bool:
        made = events[-1] if events else None
        tree = made.get("tree") if isinstance(made, dict) else None
        return isinstance(tree, str) and bool(self.repo.resolve_rev(tree, "tree"))
