"""Asks before each call to a model whether a cap leaves room for it, and enters what it cost.

What a provider's quota has left is remembered beside it, so that no machine asks in vain.
"""

import dataclasses
import hashlib
import json
import os
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from bot.config.machine import Settings, SpendingCaps
from bot.config.private_dir import open_state_dir
from bot.config.tiers import TierSettings
from bot.ledger import LedgerRow
from bot.ledger_sums import compute_cost, holds_call
from bot.models.model import Prompt, Reply
from bot.models.places import find_place
from bot.models.providers import PROVIDERS
from bot.spending import (
    SCOPES,
    Callee,
    Payer,
    Spent,
    list_callees,
    list_caps,
    list_own_rooms,
    require_below_caps,
)
from bot.text.invisible import make_printable
from bot.text.utc_time import format_utc

if TYPE_CHECKING:
    import sqlalchemy as sa

    from bot.storage.calls import CallStore
    from bot.storage.quotas import UsedUp

MAX_WHY_CHARACTERS = 300
ListEntered = Callable[[str, int], Iterable[LedgerRow]]
"""What runs that the payer's one stands in for entered of an attempt, by its task and number."""
_REPLY = TypeAdapter(Reply)


class Meter:
    """For the calls of one payer; safe for many threads.

    `heed_quotas`: a model whose quota is known to be used up is not asked. What was
    answered is not asked for again while the payer's work is the same; see `Payer.asking`.
    """

    def __init__(  # noqa: PLR0913  # who pays, and what was paid
        self,
        store: "CallStore",
        caps: SpendingCaps,
        payer: Payer,
        now: Callable[[], float] = time.time,
        *,
        heed_quotas: bool = True,
        list_entered: ListEntered = lambda _task, _number: (),
    ) -> None:
        from bot.storage.answers import AnswerStore  # noqa: PLC0415  # SQLAlchemy: 0.2 s
        from bot.storage.quotas import QuotaStore  # noqa: PLC0415  # SQLAlchemy: 0.2 s

        self._store = store
        self._quotas = QuotaStore(store.engine)
        self._answers = AnswerStore(store.engine)
        self._caps = caps
        self._payer = payer
        self._now = now
        self._heed_quotas = heed_quotas
        self._list_entered = list_entered

    @property
    def payer(self) -> Payer:
        return self._payer

    @property
    def engine(self) -> "sa.Engine":
        """Of the database that all of this is in."""
        return self._store.engine

    def begin_call(self, name: str, tier: TierSettings, prompt: Prompt, model: str = "") -> int:
        """The call's number: `end_call` wants it. Raises SpendingCapError, and nothing is asked."""
        bound, callee = bound_call(tier, prompt), Callee(name, model, find_place(model, tier))
        scopes = {cap.scope for cap in list_caps(self._caps, callee)}
        judge = partial(require_below_caps, self._caps, next_call=bound, callee=callee)
        now = self._now()
        return self._store.begin_call(self._payer, callee, bound, now, judge, scopes)

    def end_call(self, seq: int, spent: Spent) -> None:
        self._store.end_call(seq, spent)

    def find_used_up(self, model: str, tier: TierSettings) -> "UsedUp | None":
        """Until when the model has no quota left; None where it may be asked."""
        if not self._heed_quotas:
            return None
        return self._quotas.find(name_quota(model, tier), self._now())

    def note_used_up(self, model: str, tier: TierSettings, wait: float, why: str) -> None:
        """Its provider has every caller wait for so many seconds."""
        from bot.storage.quotas import UsedUp  # noqa: PLC0415  # SQLAlchemy: 0.2 s

        why = make_printable(" ".join(why.split()), MAX_WHY_CHARACTERS)
        self._quotas.note(name_quota(model, tier), UsedUp(model, self._now() + wait, why))

    def note_answer(self, model: str, tier: TierSettings) -> None:
        """It answered: what was noted of it is out of date, should anything be."""
        if not self._heed_quotas:
            self._quotas.forget(name_quota(model, tier))

    def find_answer(self, name: str, tier: TierSettings, prompt: Prompt) -> Reply | None:
        """What was answered to just this before a kill; None where it has to be asked."""
        if not self._payer.asking:
            return None
        asked = name_asked(self._payer, name, tier, prompt)
        return _decode(self._answers.find(self._payer.job, asked))

    def keep_answer(self, name: str, tier: TierSettings, prompt: Prompt, reply: Reply) -> None:
        if self._payer.asking:
            asked = name_asked(self._payer, name, tier, prompt)
            self._answers.keep(self._payer.job, asked, _encode(reply), self._now())

    def find_note(self, about: str) -> bytes:
        """What was found out in the same work before a kill, by a hash of what; empty if nothing.

        It goes with the answers. Who asks a model again then asks the same.
        """
        return self._answers.find(self._payer.job, self._name_note(about))

    def keep_note(self, about: str, body: bytes) -> None:
        if self._payer.asking:
            self._answers.keep(self._payer.job, self._name_note(about), body, self._now())

    def _name_note(self, about: str) -> str:
        return hashlib.sha256(f"{self._payer.asking}\0{about}".encode()).hexdigest()

    def is_entered(self, row: LedgerRow, reply: Reply) -> bool:
        """Whether the answer that was kept for this attempt stands in a row of it already.

        A run whose story is lost had entered it; one that was killed before that had not.
        """
        rows = self._list_entered(row.task, row.number)
        return any(holds_call(e, reply.model, reply.tokens_in, reply.tokens_out) for e in rows)

    def forget_answers(self) -> None:
        """The work is over."""
        if self._payer.asking:
            self._answers.forget(self._payer.job)


def name_asked(payer: Payer, name: str, tier: TierSettings, prompt: Prompt) -> str:
    """A hash of all that an answer depends on: another issue, model or window asks anew."""
    asked = (payer.asking, name, tier.models, tier.base_url, dataclasses.astuple(prompt))
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _encode(reply: Reply) -> bytes:
    # JSON of ASCII: what models write may hold half of a surrogate pair, which has no UTF-8.
    return zlib.compress(json.dumps(_REPLY.dump_python(reply)).encode())


def _decode(body: bytes) -> Reply | None:
    try:
        return _REPLY.validate_python(json.loads(zlib.decompress(body))) if body else None
    except (ValueError, zlib.error):
        return None  # another version's


def name_quota(model: str, tier: TierSettings) -> str:
    """Whose quota it is: the model's at that address, for that key, none of which it gives away."""
    provider = PROVIDERS.get(model.partition(":")[0])
    key_env = tier.api_key_env or (provider.key_env if provider and not tier.base_url else "")
    key = os.environ.get(key_env, "") if key_env else ""
    return hashlib.sha256(f"{model}\0{tier.base_url}\0{key}".encode()).hexdigest()[:32]


def bound_call(tier: TierSettings, prompt: Prompt) -> Spent:
    """The most that one call can take: its whole window, with the reply at its longest."""
    out = min(prompt.reply, tier.context)
    read = tier.context - out
    cost = compute_cost(read, out, price_in=tier.price_in, price_out=tier.price_out)
    return Spent(tier.context, cost)


def open_meter(
    settings: Settings,
    payer: Payer,
    *,
    heed_quotas: bool = True,
    list_entered: ListEntered = lambda _task, _number: (),
) -> Meter:
    from bot.storage.calls import open_call_store  # noqa: PLC0415  # SQLAlchemy: 0.2 s
    from bot.storage.database import sqlite_url  # noqa: PLC0415

    url = settings.database_url or sqlite_url(open_state_dir(settings))
    store = open_call_store(url)
    return Meter(
        store,
        settings.spending,
        payer,
        heed_quotas=heed_quotas,
        list_entered=list_entered,
    )


@dataclass(frozen=True, slots=True)
class Rooms:
    """`caps` tell what is left of those of single tiers and models, `used_up` whose quota is."""

    caps: tuple[str, ...] = ()
    used_up: tuple["UsedUp", ...] = ()

    def describe_used_up(self) -> list[str]:
        return [f"{e.model} has no quota left until {format_utc(e.until)}" for e in self.used_up]


def find_rooms(engine: "sa.Engine", settings: Settings, payer: Payer, now: float) -> Rooms:
    """What is left beside the caps that hold for every call; without a job, for today."""
    from bot.storage.calls import CallStore  # noqa: PLC0415  # SQLAlchemy: 0.2 s
    from bot.storage.quotas import QuotaStore  # noqa: PLC0415

    caps, store, left = settings.spending, CallStore(engine), list[str]()
    for callee in list_callees(caps):
        scopes = {cap.scope for cap in list_caps(caps, callee)} - {*SCOPES}
        if payer.job == "":
            scopes = {scope for scope in scopes if scope.endswith("day")}
        left += list_own_rooms(caps, store.sum_spent(payer, now, callee, scopes), callee)
    return Rooms(tuple(left), tuple(QuotaStore(engine).list_used_up(now)))
