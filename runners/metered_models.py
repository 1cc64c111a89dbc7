"""Has each try of a model paid for before it is made: a chain makes several for one question."""

from dataclasses import dataclass, replace
from typing import Protocol

from bot.config.tiers import TierSettings
from bot.ledger import compute_cost
from bot.models.chain import Chain
from bot.models.model import Model, ModelError, Prompt, Reply, Watch
from bot.spending import Spent


class CallMeter(Protocol):
    """Whoever pays is asked before each call, and told what it took; see `runners.spending`."""

    def begin_call(self, name: str, tier: TierSettings, prompt: Prompt, /) -> int: ...

    def end_call(self, seq: int, spent: Spent, /) -> None: ...


def pay_each_try(chain: Chain, meter: CallMeter, name: str, tier: TierSettings) -> Chain:
    """The chain of a tier called `name`, whose models raise SpendingCapError at a cap."""
    models = tuple(_MeteredModel(m.name, m, meter, name, tier) for m in chain.models)
    return replace(chain, models=models)


@dataclass(slots=True)
class _MeteredModel:
    """What ends by anything but a reply or a model's own failure stays at the most it can cost."""

    name: str
    model: Model
    meter: CallMeter
    tier_name: str
    tier: TierSettings

    def ask(self, prompt: Prompt, watch: Watch) -> Reply:
        paid = self.meter.begin_call(self.tier_name, self.tier, prompt)
        try:
            reply = self.model.ask(prompt, watch)
        except ModelError as exc:
            if not exc.unmeasured:
                self.meter.end_call(paid, self._price(exc.tokens_in, exc.tokens_out))
            raise
        spent = self._price(reply.tokens_in, reply.tokens_out, reply.tokens_cached)
        self.meter.end_call(paid, spent)
        return reply

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
        return Spent(tokens_in + tokens_out, cost)
