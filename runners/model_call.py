"""What a call cost, entered in a row of the ledger."""

from dataclasses import replace

from bot.config.machine import TierSettings
from bot.ledger import LedgerRow, compute_cost
from bot.models.model import FailedModel, ModelError, Reply


def row_of_failure(row: LedgerRow, gone: ModelError) -> LedgerRow:
    """What nobody answered may have cost all the same; the last model of the chain bears a row."""
    *before, last = gone.failures or (
        FailedModel(gone.model, gone.why, gone.tokens_in, gone.tokens_out),
    )
    return replace(
        row,
        model=last.model,
        tokens_in=last.tokens_in,
        tokens_out=last.tokens_out,
        failures=tuple(before),
    )


def row_of_reply(row: LedgerRow, reply: Reply) -> LedgerRow:
    return replace(
        row,
        model=reply.model,
        tokens_in=reply.tokens_in,
        tokens_out=reply.tokens_out,
        tokens_cached=reply.tokens_cached,
        seconds=reply.seconds,
        failures=reply.failures,
    )


def add_cost(row: LedgerRow, tier: TierSettings) -> LedgerRow:
    paid = compute_cost(
        row.all_tokens_in,
        row.all_tokens_out,
        tokens_cached=row.tokens_cached,
        price_in=tier.price_in,
        price_out=tier.price_out,
        price_cached=tier.price_cached,
    )
    return replace(row, cost=paid)
