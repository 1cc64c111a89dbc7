"""One call to a tier: a model is asked, and what that cost is entered in the ledger's row."""

from dataclasses import dataclass, replace

from bot.config.machine import TierSettings
from bot.ledger import LedgerRow, compute_cost
from bot.models.chain import Chain
from bot.models.model import FailedModel, ModelError, Prompt, Reply
from runners import stalls


@dataclass(frozen=True, slots=True)
class ModelCall:
    """`row` has what it cost. `reply` is None where no model of the tier answered, for `why`."""

    row: LedgerRow
    reply: Reply | None
    why: str = ""


def call_model(chain: Chain, prompt: Prompt, row: LedgerRow, tier: TierSettings) -> ModelCall:
    """Make one call with no history; a reply that runs in circles is cut off."""
    try:
        reply = chain.ask(prompt, stalls.create_watch())
    except ModelError as exc:
        return ModelCall(_add_cost(_add_failure(row, exc), tier), None, str(exc))
    return ModelCall(_add_cost(_add_reply(row, reply), tier), reply)


def _add_failure(row: LedgerRow, error: ModelError) -> LedgerRow:
    """What nobody answered may have cost all the same; the last model of the chain bears a row."""
    alone = FailedModel(error.model, error.why, error.tokens_in, error.tokens_out)
    *before, last = error.failures or (alone,)
    return replace(
        row,
        model=last.model,
        tokens_in=last.tokens_in,
        tokens_out=last.tokens_out,
        failures=tuple(before),
    )


def _add_reply(row: LedgerRow, reply: Reply) -> LedgerRow:
    return replace(
        row,
        model=reply.model,
        tokens_in=reply.tokens_in,
        tokens_out=reply.tokens_out,
        tokens_cached=reply.tokens_cached,
        seconds=reply.seconds,
        failures=reply.failures,
    )


def _add_cost(row: LedgerRow, tier: TierSettings) -> LedgerRow:
    cost = compute_cost(
        row.all_tokens_in,
        row.all_tokens_out,
        tokens_cached=row.tokens_cached,
        price_in=tier.price_in,
        price_out=tier.price_out,
        price_cached=tier.price_cached,
    )
    return replace(row, cost=cost)
