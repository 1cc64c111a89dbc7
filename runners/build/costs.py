"""What a call cost, entered in a row of the ledger."""

from dataclasses import replace

from bot.config.machine import TierSettings
from bot.ledger import Row, cost
from bot.models.model import Fall, ModelError, Reply


def spent(row: Row, gone: ModelError) -> Row:
    """What nobody answered may have cost all the same; the last model of the chain bears a row."""
    *before, last = gone.falls or (Fall(gone.model, gone.why, gone.tokens_in, gone.tokens_out),)
    return replace(
        row,
        model=last.model,
        tokens_in=last.tokens_in,
        tokens_out=last.tokens_out,
        falls=tuple(before),
    )


def row_of_reply(row: Row, reply: Reply) -> Row:
    return replace(
        row,
        model=reply.model,
        tokens_in=reply.tokens_in,
        tokens_out=reply.tokens_out,
        tokens_cached=reply.tokens_cached,
        seconds=reply.seconds,
        falls=reply.falls,
    )


def priced(row: Row, tier: TierSettings) -> Row:
    paid = cost(
        row.all_in,
        row.all_out,
        tokens_cached=row.tokens_cached,
        price_in=tier.price_in,
        price_out=tier.price_out,
        price_cached=tier.price_cached,
    )
    return replace(row, cost=paid)
