"""A server of models that is down, refuses us or cuts prompts: this machine's fault, no attempt.

It is waited for, within bounds, and said since when. Then the run stops undone, and the same
command goes on from there. What waiting cannot change, a key or a name, stops the run at once.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from bot.config.tiers import TierSettings
from bot.ledger import AttemptOutcome, LedgerRow
from bot.models.chain import Chain
from bot.models.model import FailedModel, Prompt
from bot.spending import SpendingCapError
from bot.text.invisible import make_printable
from runners.activities import Activities, Running
from runners.cancellation import NEVER, Cancellation
from runners.metered_models import CallMeter
from runners.model_call import ModelCall, call_model
from runners.outage_errors import (
    describe_seconds,
    format_clock,
    name_server,
    outage_error,
    settings_error,
    shorten_why,
)
from runners.progress import ProgressEvent, Report

FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 1.0, 60.0
NEVER_REACHED_SECONDS = 60.0
"""How long one is waited for that never answered in this run: its address may be wrong."""
AWAITED_SINCE = "models_awaited_since"
"""A fact of an event: since when a model is waited for, in seconds since 1970; 0: it answers."""
MAX_CAPS_CHARACTERS = 2000
"""Of what is said of each model of a tier that none of them has room for."""
_CAP_HINT = (
    "Raise the caps under `[spending.models]` in this machine's settings; those of a day leave room"
    " again from midnight UTC on. Then start the same command again, or comment `/resume`."
)
Facts = dict[str, JsonValue]
_Server = tuple[str, str]
"""The tier's name and the address: lanes may have servers of their own."""


@dataclass(frozen=True, slots=True)
class _Since:
    """When something began: on the clock, to be told, and on one that nobody sets, to be timed."""

    clock: float
    monotonic: float


@dataclass(slots=True)
class ModelOutages:
    """Since when which server is down, as one run knows it; safe for many threads.

    `sleep`, `now` and `monotonic` are the clock's. Each call is one of the `activities`.
    """

    report: Report
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    _down_since: dict[_Server, "_Since"] = field(default_factory=dict)
    _told_at: dict[_Server, float] = field(default_factory=dict)
    _reached: set[_Server] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    activities: Activities = field(default_factory=Activities)
    monotonic: Callable[[], float] = time.monotonic

    def ask(  # noqa: PLR0913  # a call, and whether another tier may answer in its place
        self,
        chain: Chain,
        prompt: Prompt,
        row: LedgerRow,
        tier: TierSettings,
        meter: CallMeter,
        *,
        may_fall_back: bool = False,
        cancellation: Cancellation = NEVER,
    ) -> ModelCall:
        """Ask until the server answers, until nobody wants it, or until it was down for too long.

        A prompt that the server's window has no room for is the caller's to shorten.
        Raises ModelOutageError and ModelSettingsError; the run stops, and nothing is decided. Where
        another tier may answer, the call comes back without a reply instead.
        """
        with self.activities.begin(
            "ask",
            _name_asked(chain, row, tier),
            task=row.task,
            tier=row.tier,
            model=chain.name,
            attempt=row.number,
        ) as running:
            call = self._ask(
                chain,
                prompt,
                row,
                tier,
                meter,
                running,
                may_fall_back=may_fall_back,
                cancellation=cancellation,
            )
            if call.outcome == AttemptOutcome.STOPPED:
                running.end("stopped")
            return call

    def _ask(  # noqa: PLR0913, PLR0917  # as `ask`, which is told as one thing under way
        self,
        chain: Chain,
        prompt: Prompt,
        row: LedgerRow,
        tier: TierSettings,
        meter: CallMeter,
        running: Running,
        *,
        may_fall_back: bool,
        cancellation: Cancellation,
    ) -> ModelCall:
        spent: list[FailedModel] = []
        tries = 0
        while True:
            began = _Since(self.now(), self.monotonic())
            running.start_again()
            call = call_model(
                chain, prompt, row, tier, meter, running.hear_reply, cancellation=cancellation
            )
            if call.outcome == AttemptOutcome.STOPPED:
                return replace(call, row=_add_spent(call.row, spent))
            if call.cause not in {"outage", "unreached"}:
                self._note_answer(row.tier, tier)
                if call.cause == "cap":
                    raise SpendingCapError(
                        shorten_why(call.why, MAX_CAPS_CHARACTERS), hint=_CAP_HINT
                    )
                if call.cause == "settings":
                    raise settings_error(tier, call.why)
                return replace(call, row=_add_spent(call.row, spent))
            spent += _spent_tries(call.row)
            tries += 1
            with self._lock:
                self._down_since.setdefault((row.tier, tier.base_url), began)
            left = self._find_time_left(row.tier, tier, call, may_fall_back=may_fall_back)
            if not left:
                return replace(call, row=_add_spent(row, spent), gave_up=True)
            pause = min(FIRST_PAUSE_SECONDS * 2 ** (tries - 1), MAX_PAUSE_SECONDS, left)
            running.end("no answer")
            running.note(self._tell(row, tier, call, max(pause, call.wait)))
            self._wait(max(pause, call.wait), cancellation)
            if why := cancellation.explain() or cancellation.explain_unanswered():
                stopped = _add_spent(replace(row, model=call.row.model), spent)
                return ModelCall(stopped, None, why, AttemptOutcome.STOPPED)

    def _wait(self, seconds: float, cancellation: Cancellation = NEVER) -> None:
        """A minute at a time, and no longer than the clock says: this machine may be suspended."""
        until, slept = self.now() + seconds, 0.0
        # A clock that was set back must not make it longer than it was.
        while slept < seconds and (left := until - self.now()) > 0:
            pause = min(left, MAX_PAUSE_SECONDS, seconds - slept)
            if cancellation is NEVER:
                self.sleep(pause)
            elif cancellation.explain() or cancellation.explain_unanswered():
                return
            else:
                cancellation.sleep(pause, self.sleep)
            slept += pause

    def _note_answer(self, name: str, tier: TierSettings) -> None:
        server = (name, tier.base_url)
        with self._lock:
            self._reached.add(server)
            self._told_at.pop(server, None)
            since = self._down_since.pop(server, None)
        if since is not None:
            lasted = describe_seconds(self.monotonic() - since.monotonic)
            text = f"{name_server(name, tier)} answers again, after {lasted}"
            facts: Facts = {AWAITED_SINCE: 0.0}
            self.report(ProgressEvent("job", text, good=True, facts=facts))

    def _find_time_left(
        self, name: str, tier: TierSettings, call: ModelCall, *, may_fall_back: bool
    ) -> float:
        """Seconds to wait at most, 0 where another tier takes over.

        Raises ModelOutageError where it was waited for long enough and none does.
        """
        server = (name, tier.base_url)
        with self._lock:
            if call.cause == "outage":
                self._reached.add(server)
            since = self._down_since[server]
            never = server not in self._reached
        # Who says until when it has no quota is there, and known to come back.
        patience = max(tier.wait, tier.quota_wait) if call.wait > MAX_PAUSE_SECONDS else tier.wait
        most = min(patience, NEVER_REACHED_SECONDS) if never else patience
        lasted = self.monotonic() - since.monotonic
        left = most - lasted
        if left > call.wait:
            return left
        if may_fall_back and tier.fallback:
            return 0.0
        raise outage_error(name, tier, call, since.clock, lasted, self.now())

    def _tell(self, row: LedgerRow, tier: TierSettings, call: ModelCall, pause: float) -> str:
        """Once for all lanes that wait for it, and again about once a minute. Since when it is."""
        key = (row.tier, tier.base_url)
        with self._lock:
            since, told = self._down_since[key].clock, self._told_at.get(key)
            down = f"down since {format_clock(since)}"
            if told is not None and self.monotonic() - told < MAX_PAUSE_SECONDS:
                return down
            self._told_at[key] = self.monotonic()
        server = name_server(row.tier, tier)
        text = f"waiting for {server}, {down}: {shorten_why(call.why)}"
        again = f"asked again in {describe_seconds(pause)}"
        facts: Facts = {AWAITED_SINCE: since}
        self.report(ProgressEvent("job", f"{text}; {again}", row.task, facts=facts))
        return down


def _name_asked(chain: Chain, row: LedgerRow, tier: TierSettings) -> str:
    server = name_server(row.tier, tier)
    return f"{server} ({row.tier} {make_printable(chain.name)})" if tier.base_url else server


def _spent_tries(row: LedgerRow) -> list[FailedModel]:
    """What calls that nobody answered have cost all the same."""
    last = FailedModel(row.model, "no answer", row.tokens_in, row.tokens_out, place=row.place)
    return [each for each in (*row.failures, last) if each.tokens_in or each.tokens_out]


def _add_spent(row: LedgerRow, spent: list[FailedModel]) -> LedgerRow:
    return replace(row, failures=(*spent, *row.failures)) if spent else row
