"""Asks before each call to a model whether a cap leaves room for it, and enters what it cost."""

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from bot.config.machine import Settings, SpendingCaps
from bot.config.private_dir import open_state_dir
from bot.config.tiers import TierSettings
from bot.ledger import compute_cost
from bot.models.model import Prompt
from bot.spending import Payer, Spent, require_below_caps

if TYPE_CHECKING:
    from bot.storage.calls import CallStore


class Meter:
    """For the calls of one payer; safe for many threads."""

    def __init__(
        self,
        store: "CallStore",
        caps: SpendingCaps,
        payer: Payer,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._caps = caps
        self._payer = payer
        self._now = now

    def begin_call(self, name: str, tier: TierSettings, prompt: Prompt) -> int:
        """The call's number: `end_call` wants it. Raises SpendingCapError, and nothing is asked."""
        bound = bound_call(tier, prompt)
        judge = partial(require_below_caps, self._caps, next_call=bound)
        return self._store.begin_call(self._payer, name, bound, self._now(), judge)

    def end_call(self, seq: int, spent: Spent) -> None:
        self._store.end_call(seq, spent)


def bound_call(tier: TierSettings, prompt: Prompt) -> Spent:
    """The most that one call can take: its whole window, with the reply at its longest."""
    out = min(prompt.reply, tier.context)
    read = tier.context - out
    cost = compute_cost(read, out, price_in=tier.price_in, price_out=tier.price_out)
    return Spent(tier.context, cost)


def open_meter(settings: Settings, payer: Payer) -> Meter:
    from bot.storage.calls import open_call_store  # noqa: PLC0415  # SQLAlchemy: 0.2 s
    from bot.storage.database import sqlite_url  # noqa: PLC0415

    url = settings.database_url or sqlite_url(open_state_dir(settings))
    return Meter(open_call_store(url), settings.spending, payer)
