"""Has each try of a model paid for before it is made: a chain makes several for one question.

A model that may not be asked now, for a cap of its own or a quota that is used up, is passed over:
the next one of the chain takes the call, and the ledger says which did and why.
"""

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from bot.config.tiers import TierSettings
from bot.ledger import LedgerRow
from bot.ledger_sums import compute_cost
from bot.models.chain import MAX_RETRY_SECONDS, Chain
from bot.models.model import Model, ModelError, Prompt, Reply, Watch
from bot.spending import SpendingCapError, Spent
from bot.text.utc_time import format_utc

if TYPE_CHECKING:
    from bot.storage.quotas import UsedUp


class CallMeter(Protocol):
    """Whoever pays is asked before each call, and told what it took; see `runners.spending`."""

    def begin_call(
        self, name: str, tier: TierSettings, prompt: Prompt, model: str = "", /
    ) -> int: ...

    def end_call(self, seq: int, spent: Spent, /) -> None: ...

    def find_used_up(self, model: str, tier: TierSettings, /) -> "UsedUp | None": ...

    def note_used_up(self, model: str, tier: TierSettings, wait: float, why: str, /) -> None: ...

    def note_answer(self, model: str, tier: TierSettings, /) -> None: ...

    def find_answer(self, name: str, tier: TierSettings, prompt: Prompt, /) -> Reply | None: ...

    def keep_answer(
        self, name: str, tier: TierSettings, prompt: Prompt, reply: Reply, /
    ) -> None: ...

    def is_entered(self, row: LedgerRow, reply: Reply, /) -> bool: ...

    def forget_answers(self) -> None: ...


def pay_each_try(chain: Chain, meter: CallMeter, name: str, tier: TierSettings) -> Chain:
    """The chain of a tier called `name`, whose models raise SpendingCapError at a cap of all."""
    # A model's own name may be shorter than what the settings, and so the caps, call it.
    named = tier.models if len(tier.models) == len(chain.models) else [m.name for m in chain.models]
    models = tuple(
        _MeteredModel(model.name, model, meter, name, tier, spec)
        for model, spec in zip(chain.models, named, strict=True)
    )
    return replace(chain, models=models)


@dataclass(slots=True)
class _MeteredModel:
    """What ends by anything but a reply or a model's own failure stays at the most it can cost."""

    name: str
    model: Model
    meter: CallMeter
    tier_name: str
    tier: TierSettings
    spec: str

    def ask(self, prompt: Prompt, watch: Watch) -> Reply:
        self._require_quota()
        paid = self._begin_call(prompt)
        try:
            reply = self.model.ask(prompt, watch)
        except ModelError as exc:
            if not exc.unmeasured:
                self.meter.end_call(paid, self._price(exc.tokens_in, exc.tokens_out))
            # A shorter wait is waited for just here: see `bot.models.chain`.
            if exc.wait > MAX_RETRY_SECONDS:
                self.meter.note_used_up(self.spec, self.tier, exc.wait, exc.why)
            raise
        spent = self._price(reply.tokens_in, reply.tokens_out, reply.tokens_cached)
        self.meter.end_call(paid, spent)
        self.meter.note_answer(self.spec, self.tier)
        return reply

    def _require_quota(self) -> None:
        used_up = self.meter.find_used_up(self.spec, self.tier)
        if used_up is None:
            return
        until = format_utc(used_up.until)
        why = f"not asked: it has no quota left until {until} ({used_up.why})"
        wait = max(used_up.until - time.time(), 1.0)
        raise ModelError(self.name, why, wait=wait, cause="outage")

    def _begin_call(self, prompt: Prompt) -> int:
        try:
            return self.meter.begin_call(self.tier_name, self.tier, prompt, self.spec)
        except SpendingCapError as exc:
            if not exc.of_model:
                raise
            raise ModelError(self.name, f"not asked: {exc.reason}", cause="cap") from exc

    def close(self) -> None:
        self.model.close()

    def _price(self, tokens_in: int, tokens_out: int, cached: int = 0) -> Spent:
        cost = compute_cost(
            tokens_in,
            tokens_out,
            tokens_cached=cached,
            price_in=self.tier.price_in,
            price_out=self.tier.price_out,
            price_cached=self.tier.price_cached,
        )
        return Spent(tokens_in + tokens_out, cost, tokens_out)
