"""What the calls of one agent's attempt take, and why it may make no more of them."""

import threading
from dataclasses import dataclass, field

from bot.config.tiers import TierSettings
from bot.ledger_sums import compute_cost
from bot.models.chain import MAX_RETRY_SECONDS
from bot.models.model import ModelError, Prompt
from bot.spending import SpendingCapError, Spent
from runners.agents.proxy_usage import AnswerUsage
from runners.metered_models import CallMeter

MAX_FAILURES = 4
"""Calls in a row that the server had no answer for, after which the attempt is ended."""


MAX_BAD_REQUESTS = 20
"""The same of requests that it refused."""


class NoMoreCallsError(Exception):
    """Told to the CLI, whose attempt is ended."""


@dataclass(slots=True)
class CallAccount:
    """Safe for the proxy's threads. `most` is in tokens, for all calls.

    `limit` says which one was reached; `fault` is the server's, or the settings', as the last call
    ended; `error` is a cap's, `broken` a machine's or a bug's, and whoever runs the attempt raises
    them. `refused` are requests that were none of the model's, in words.
    """

    meter: CallMeter
    tier_name: str
    tier: TierSettings
    spec: str
    most: int
    tokens_in: int = 0
    tokens_out: int = 0
    cached: int = 0
    calls: int = 0
    limit: str = ""
    fault: ModelError | None = None
    error: SpendingCapError | None = None
    refused: list[str] = field(default_factory=list)
    broken: Exception | None = None
    _under_way: list[AnswerUsage] = field(default_factory=list)
    """Of answers so far: a CLI may ask again before the end of one is entered."""
    _failures: int = 0
    _ended: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out

    def should_stop(self) -> bool:
        """Whether no call of the attempt would be answered any more."""
        return self._ended or bool(self.limit)

    def begin(self, usage: AnswerUsage) -> int:
        """The call's number, once it is entered with the most it can take.

        `usage` is what its answer takes, as far as that is known. Raises NoMoreCallsError.
        """
        with self._lock:
            if self.tokens + sum(each.tokens for each in self._under_way) >= self.most:
                self.limit = f"its limit of {self.most:,} tokens"
            if self.should_stop():
                raise NoMoreCallsError(self._explain())
            self._under_way.append(usage)
        prompt = Prompt("", "", reply=self.tier.answer)
        try:
            return self.meter.begin_call(self.tier_name, self.tier, prompt, self.spec)
        except SpendingCapError as exc:
            with self._lock:
                self._ended, self.error = True, exc
            raise NoMoreCallsError(self._explain()) from exc

    def end(self, seq: int, usage: AnswerUsage, fault: ModelError | None = None) -> None:
        """Of a call that was answered, whole or in part, where a `fault` ended it."""
        self.meter.end_call(seq, self._price(usage))
        with self._lock:
            self._forget(usage)
            self.tokens_in += usage.tokens_in
            self.tokens_out += usage.tokens_out
            self.cached += usage.cached
            self.calls += 1
            self._note_end(fault)

    def fail(self, seq: int, usage: AnswerUsage, fault: ModelError | None) -> None:
        """Of a call that was refused, which costs nothing; no `fault` where the request was bad."""
        self.meter.end_call(seq, Spent())
        with self._lock:
            self._forget(usage)
            self._note_end(fault, is_refused=True)

    def _forget(self, usage: AnswerUsage) -> None:
        # By what it is: two answers may have taken the same.
        self._under_way = [each for each in self._under_way if each is not usage]

    def _note_end(self, fault: ModelError | None, *, is_refused: bool = False) -> None:
        self.fault = fault
        self._failures = self._failures + 1 if fault or is_refused else 0
        lasts = fault is not None and (fault.cause == "settings" or fault.wait > MAX_RETRY_SECONDS)
        most = MAX_FAILURES if fault else MAX_BAD_REQUESTS
        self._ended = self._ended or lasts or self._failures >= most

    def note_refused(self, why: str) -> None:
        with self._lock:
            if why not in self.refused:
                self.refused.append(why)

    def note_broken(self, error: Exception) -> None:
        with self._lock:
            self.broken = self.broken or error
            self._ended = True

    def _explain(self) -> str:
        if self.error:
            return f"no more calls: {self.error.reason or self.error.what}"
        return f"no more calls: {self.limit or 'the attempt is over'}"

    def _price(self, usage: AnswerUsage) -> Spent:
        cost = compute_cost(
            usage.tokens_in,
            usage.tokens_out,
            tokens_cached=usage.cached,
            price_in=self.tier.price_in,
            price_out=self.tier.price_out,
            price_cached=self.tier.price_cached,
        )
        return Spent(usage.tokens_in + usage.tokens_out, cost, usage.tokens_out)
