"""A server of models that is down, refuses us or cuts prompts: this machine's fault, no attempt.

It is waited for, within bounds, and said since when. Then the run stops undone, and the same
command goes on from there. What waiting cannot change, a key or a name, stops the run at once.
"""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NoReturn

from pydantic import JsonValue

from bot.config.tiers import TierSettings
from bot.errors import ModelOutageError, ModelSettingsError
from bot.ledger import AttemptOutcome, LedgerRow
from bot.models.chain import Chain
from bot.models.hosted_errors import strip_credentials
from bot.models.llama_server.explain_end import OWN_SERVER
from bot.models.model import FailedModel, Prompt, Reply
from bot.models.server_refusals import NO_CREDIT
from bot.models.spec import HOSTED_KINDS
from bot.models.token_estimate import estimate_call_tokens, estimate_tokens
from bot.spending import SpendingCapError
from bot.text.invisible import make_printable
from runners.activities import Activities, Running
from runners.cancellation import NEVER, Cancellation
from runners.metered_models import CallMeter
from runners.model_call import ModelCall, call_model
from runners.progress import ProgressEvent, Report

FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 1.0, 60.0
NEVER_REACHED_SECONDS = 60.0
"""How long one is waited for that never answered in this run: its address may be wrong."""
AWAITED_SINCE = "models_awaited_since"
"""A fact of an event: since when a model is waited for, in seconds since 1970; 0: it answers."""
MAX_WHY_CHARACTERS = 300
MAX_CAPS_CHARACTERS = 2000
"""Of what is said of each model of a tier that none of them has room for."""
MIN_COUNTED_TOKENS = 512
"""A shorter prompt fits any window."""
# Of thirteen tokenizers none makes fewer tokens of a text than it has runs of letters. Where those
# are most of it, none makes less than 0.49 of the estimate; `tokens_measured.jsonl` has the counts.
_LETTERS = re.compile(r"[A-Za-z]+")
_MARGIN = re.compile(r"([ \t])[ \t]+")
_LEAST_OF_ESTIMATE, _MOST_ESTIMATE_PER_WORD = 0.48, 5.0
_HINTS = {
    "401": "The key is refused: `api_key_env` of that table names the variable it is in.",
    "403": "The key is refused: `api_key_env` of that table names the variable it is in.",
    "402": "The account has no credit left.",
    "429": "The account has no credit left.",
    "404": "Name a model that this server has in `models` (its /v1/models lists them), or fix"
    " `base_url`, which ends in /v1 for most servers.",
}
_WINDOW_HINT = "Start the server with a larger window, or set `context` in {} to its own"
_CAP_HINT = (
    "Raise the caps under `[spending.models]` in this machine's settings; those of a day leave room"
    " again from midnight UTC on. Then start the same command again, or comment `/resume`."
)
_OWN_SERVER_HINT = (
    "Fix `models`, or the table `llama` below that one. All that it printed is in server.log under"
    " servers/ in the state folder."
)
_HINT = "Fix `models`, `base_url` or `api_key_env` of that table"

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
    """What one run knows of its servers; safe for many threads.

    `windows` are in tokens, by tier, where a server was found to have a smaller one than the
    settings say. `sleep`, `now` and `monotonic` are the clock's. Each call is one of the
    `activities`.
    """

    report: Report
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    windows: dict[str, int] = field(default_factory=dict)
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
                    raise SpendingCapError(_shorten(call.why, MAX_CAPS_CHARACTERS), hint=_CAP_HINT)
                if call.cause == "settings":
                    raise _settings_error(tier, call.why)
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

    def learn_window(self, name: str, tier: TierSettings, window: int, why: str) -> TierSettings:
        """The tier with the window that its server turned out to have.

        Raises ModelSettingsError where that is not smaller than what was known, or leaves no room.
        """
        if not 0 < window < tier.context:
            refuse_window(tier, why)
        thinking = tier.thinking if isinstance(tier.thinking, int) else 0
        if window <= tier.answer + thinking:
            more = f"; `answer` = {tier.answer} must leave room for a prompt in {window:,} tokens"
            refuse_window(tier, why, more)
        with self._lock:
            self.windows[name] = window
        text = f"{tier.table} {why}: from here on its prompts are made for {window:,} tokens"
        self.report(ProgressEvent("job", f"{text}. {_WINDOW_HINT.format(tier.table)}."))
        return tier.model_copy(update={"context": window})

    def warn_of_window(self, tier: TierSettings, why: str) -> None:
        """Say that what came back may answer half a prompt."""
        self.report(ProgressEvent("job", f"{tier.table} {why}. {_WINDOW_HINT.format(tier.table)}."))

    def narrow(self, name: str, tier: TierSettings) -> TierSettings:
        """The tier's settings, with the window that was learnt of its server."""
        window = self.windows.get(name)
        return tier.model_copy(update={"context": window}) if window else tier

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
        raise _outage_error(name, tier, call, since.clock, lasted, self.now())

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
        text = f"waiting for {server}, {down}: {_shorten(call.why)}"
        again = f"asked again in {describe_seconds(pause)}"
        facts: Facts = {AWAITED_SINCE: since}
        self.report(ProgressEvent("job", f"{text}; {again}", row.task, facts=facts))
        return down


def refuse_window(tier: TierSettings, why: str, more: str = "") -> NoReturn:
    """Stop the run: the window is smaller than the settings say, and no shorter prompt will do."""
    hint = f"{_WINDOW_HINT.format(tier.table)}{more}."
    raise ModelSettingsError(_shorten(why), where=tier.table, hint=hint)


def explain_truncation(prompt: Prompt, reply: Reply) -> str:
    """Why the server cannot have read all of the prompt; empty where it may have.

    Ollama cuts what its window has no room for, and says so in the count of tokens alone:
    https://docs.ollama.com/context-length
    """
    text = f"{prompt.system}\n{prompt.user}"
    counted = estimate_call_tokens(prompt.system, prompt.user)
    read = reply.tokens_in
    hosted = reply.model.partition(":")[0] in HOSTED_KINDS
    if not hosted or counted < MIN_COUNTED_TOKENS or read <= 0:
        return ""
    words = sum(1 for _ in _LETTERS.finditer(text))
    # Some vocabularies have a token for any margin, so it counts as one blank here.
    likely = estimate_tokens(_MARGIN.sub(r"\1", text))
    wordy = likely <= _MOST_ESTIMATE_PER_WORD * words
    if read < words or (wordy and read < _LEAST_OF_ESTIMATE * likely):
        return f"the server read only {read:,} of about {counted:,} tokens of the prompt"
    return ""


def name_server(name: str, tier: TierSettings) -> str:
    """Its address, without credentials, or else the tier and its models."""
    if tier.base_url:
        return make_printable(
            re.sub(r"^\w+://", "", strip_credentials(tier.base_url)).split("/")[0]
        )
    return f"the {name} tier ({', '.join(map(make_printable, tier.models))})"


def _name_asked(chain: Chain, row: LedgerRow, tier: TierSettings) -> str:
    server = name_server(row.tier, tier)
    return f"{server} ({row.tier} {make_printable(chain.name)})" if tier.base_url else server


def format_clock(seconds: float) -> str:
    """Hours and minutes, as a clock on this machine's wall shows them."""
    return time.strftime("%H:%M", time.localtime(seconds))


def describe_seconds(seconds: float) -> str:
    if seconds >= 2 * 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"  # noqa: PLR2004


def _outage_error(  # noqa: PLR0913, PLR0917  # what was asked, since when, and until when
    name: str, tier: TierSettings, call: ModelCall, since: float, lasted: float, now: float
) -> ModelOutageError:
    what = (
        f"{name_server(name, tier)} did not answer for {describe_seconds(lasted)},"
        f" since {format_clock(since)}"
    )
    if call.wait:
        until = format_clock(now + call.wait)
        what = f"{what}, and asks to wait {describe_seconds(call.wait)} more, until {until}"
    hint = (
        f"No attempt was counted. `wait` in {tier.table} says how long to wait for it, and"
        " `fallback = true` lets the next tier take over then; `quota_wait` is for quotas that are"
        " free again later."
    )
    error = ModelOutageError(f"{what}: {_shorten(call.why)}", where=tier.table, hint=hint)
    error.retry_at = now + call.wait if call.wait else 0.0
    return error


def _settings_error(tier: TierSettings, why: str) -> ModelSettingsError:
    status = re.search(r"\bHTTP (\d{3})\b", why)
    hint = _HINTS.get(status[1] if status else "", f"{_HINT}.")
    if NO_CREDIT.search(why):
        hint = _HINTS["402"]
    if OWN_SERVER in why:
        hint = _OWN_SERVER_HINT
    return ModelSettingsError(
        _shorten(why), where=tier.table, hint=f"{hint} No attempt was counted."
    )


def _shorten(text: str, most: int = MAX_WHY_CHARACTERS) -> str:
    return make_printable(" ".join(text.split()), most)


def _spent_tries(row: LedgerRow) -> list[FailedModel]:
    """What calls that nobody answered have cost all the same."""
    last = FailedModel(row.model, "no answer", row.tokens_in, row.tokens_out, place=row.place)
    return [each for each in (*row.failures, last) if each.tokens_in or each.tokens_out]


def _add_spent(row: LedgerRow, spent: list[FailedModel]) -> LedgerRow:
    return replace(row, failures=(*spent, *row.failures)) if spent else row
