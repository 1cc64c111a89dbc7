"""One question to a tier: a model is asked until it answers, and what that cost is entered.

A model that only thought is asked again at once, and differently. That is no attempt of the task:
nothing came that could be tried.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.config.tiers import TierSettings
from bot.ledger import AttemptOutcome, LedgerRow
from bot.ledger_sums import compute_cost
from bot.models.chain import Chain
from bot.models.model import (
    CANCELLED,
    Cause,
    Event,
    FailedModel,
    ModelError,
    Prompt,
    Reply,
    Watch,
)
from bot.models.places import find_place
from bot.models.profiles import profile_for
from runners import stalls
from runners.cancellation import NEVER, Cancellation
from runners.hidden_secrets import hide_secrets
from runners.metered_models import CallMeter, pay_each_try

MAX_ASKED_AGAIN = 4
"""How often a model that gave no answer is asked again."""
_NEW_SEED = 1_000
_NOTE_TOKENS = 48
"""What the note on the last try adds to a prompt, at most."""
MIN_REPLY_TOKENS = 64


@dataclass(frozen=True, slots=True)
class ModelCall:
    """`row` has what it cost. `reply` is None where no answer came, for `why`, as `outcome` says.

    `thoughts` are (title, text) of what was thought, in order. `cut_at` is how many tokens had come
    when the answer reached its limit, 0 where it came to its own end. `end_unknown`: the server did
    not say how it ended. `learnt_reply`: a model that only thought answered when it was asked
    not to think, within so many tokens; 0 where it answered at once.
    `hidden`: marks that stood in the prompt, each with the secret it stands for.
    `cause`, `wait` and `window` are those of the ModelError; `gave_up`: the server was waited for,
    and did not come back.
    """

    row: LedgerRow
    reply: Reply | None
    why: str = ""
    outcome: AttemptOutcome = AttemptOutcome.NO_MODEL
    thoughts: tuple[tuple[str, str], ...] = ()
    cut_at: int = 0
    end_unknown: bool = False
    learnt_reply: int = 0
    hidden: tuple[tuple[str, str], ...] = ()
    cause: Cause = ""
    wait: float = 0.0
    window: int = 0
    gave_up: bool = False


def call_model(  # noqa: PLR0913, PLR0917  # a call, and who hears of it
    chain: Chain,
    prompt: Prompt,
    row: LedgerRow,
    tier: TierSettings,
    meter: CallMeter,
    hear: Watch | None = None,
    *,
    cancellation: Cancellation = NEVER,
    most_asked_again: int = MAX_ASKED_AGAIN,
) -> ModelCall:
    """Ask with no history; a reply that runs in circles is cut off, a mere thought asked again.

    `hear` is told what comes, and ends nothing. What an earlier run was answered and has entered
    costs nothing again. Once nobody wants it, the call ends, and its row has what it cost so far.
    Raises SpendingCapError where the payer has no room for a try of it.
    """
    paying = pay_each_try(chain, meter, row.tier, tier)
    if cancellation is not NEVER:
        paying = replace(paying, sleep=lambda seconds: cancellation.sleep(seconds, chain.sleep))
    watch_for = _WatchFor(hear, cancellation)
    prompt, hidden = hide_secrets(prompt)
    spent: list[FailedModel] = []
    first = prompt
    thoughts: list[tuple[str, str]] = []
    for asked in range(1, most_asked_again + 2):
        if why := cancellation.explain():
            return _cancel(row, chain.models[0].name if chain.models else "", why, spent, tier)
        try:
            reply, cost = _ask_once(paying, prompt, row, tier, meter, watch_for)
        except ModelError as exc:
            failed = _add_cost_and_places(_add_failure(row, exc, spent), tier)
            return ModelCall(
                failed,
                None,
                str(exc),
                thoughts=tuple(thoughts),
                cause=exc.cause,
                wait=exc.wait,
                window=exc.window,
            )
        if reply.cut_why == CANCELLED:
            entered = _add_cost_and_places(_add_reply(row, cost, spent), tier)
            return ModelCall(entered, None, cancellation.explain(), AttemptOutcome.STOPPED)
        why = explain_no_answer(reply)
        if reply.thought:
            title = f"thought that led nowhere: {why}" if why else "thought"
            thoughts.append((title, reply.thought))
        if not why or asked > most_asked_again:
            break
        spent += [*cost.failures, _to_failure(cost, why)]
        prompt = ask_differently(prompt, reply, tier, why)
    answered = _add_cost_and_places(_add_reply(row, cost, spent), tier)
    if why:
        why = f"{asked} times without an answer; the last time it {why}. {_advise(tier, reply)}"
        return ModelCall(answered, None, why, AttemptOutcome.NO_ANSWER, tuple(thoughts))
    cut_at = min(reply.tokens_out, prompt.reply) if reply.stop == "length" else 0
    unsure = reply.stop == "unknown"
    return ModelCall(
        answered,
        reply,
        thoughts=tuple(thoughts),
        cut_at=cut_at,
        end_unknown=unsure,
        learnt_reply=prompt.reply if prompt is not first else 0,
        hidden=tuple(hidden.items()),
    )


def _cancel(
    row: LedgerRow, model: str, why: str, spent: list[FailedModel], tier: TierSettings
) -> ModelCall:
    """Before it was asked (again)."""
    row = _add_cost_and_places(replace(row, model=model, failures=tuple(spent)), tier)
    return ModelCall(row, None, why, AttemptOutcome.STOPPED)


@dataclass(frozen=True, slots=True)
class _WatchFor:
    """Makes the watch of each try: who hears of it, and until when it is wanted."""

    hear: Watch | None
    cancellation: Cancellation

    def open(self) -> Watch:
        watch, wanted = _hear_also(stalls.create_watch(), self.hear), self.cancellation

        def cut_when_unwanted(text: str, events: Sequence[Event] = (), thought: str = "", /) -> str:
            return watch(text, events, thought) or (CANCELLED if wanted.explain() else "")

        return watch if wanted is NEVER else cut_when_unwanted


def _ask_once(  # noqa: PLR0913, PLR0917  # as `call_model`
    paying: Chain,
    prompt: Prompt,
    row: LedgerRow,
    tier: TierSettings,
    meter: CallMeter,
    watch_for: _WatchFor,
) -> tuple[Reply, Reply]:
    """The reply, and the same with what of its cost is to be entered now.

    Kept before anything is done with it: a kill from here on has nobody pay for it twice.
    """
    if known := meter.find_answer(row.tier, tier, prompt):
        return known, _without_cost(known) if meter.is_entered(row, known) else known
    reply = paying.ask(prompt, watch_for.open())
    if reply.cut_why != CANCELLED:
        meter.keep_answer(row.tier, tier, prompt, reply)
    return reply, reply


def _without_cost(reply: Reply) -> Reply:
    return Reply(reply.text, tokens_in=0, tokens_out=0, seconds=0.0, model=reply.model)


def _hear_also(watch: Watch, hear: Watch | None) -> Watch:
    if hear is None:
        return watch

    def hear_and_watch(text: str, events: Sequence[Event] = (), thought: str = "", /) -> str:
        hear(text, events, thought)
        return watch(text, events, thought)

    return hear_and_watch


def explain_no_answer(reply: Reply) -> str:
    """What a model did that gave no answer, as "thought 2,048 tokens ..."; empty for an answer."""
    # The reply of a CLI is what its tools did, and the stalls are found in its events.
    has_thought = bool(reply.thought or reply.tokens_thought)
    said = reply.text.strip() or reply.events or reply.calls
    if said or (reply.stop == "cut" and not has_thought):
        return ""
    thought = f"thought {reply.tokens_thought:,} tokens"
    if reply.stop == "cut":
        return f"{thought} and went round in circles"
    if reply.stop == "length":
        spent = thought if has_thought else f"spent {reply.tokens_out:,} tokens"
        return f"{spent} and had no room to answer"
    return f"{thought} and gave no answer" if has_thought else "gave an empty answer"


def ask_differently(prompt: Prompt, reply: Reply, tier: TierSettings, why: str) -> Prompt:
    """The same question without thinking, where the family can be told, or else with more room."""
    told = prompt.thinking > 0 and profile_for(tier, reply.model).can_be_told
    left = tier.context - reply.tokens_in - _NOTE_TOKENS
    most = prompt.reply if told else 2 * prompt.reply
    note = f"Your last try {why}. Give the answer at once this time."
    return replace(
        prompt,
        user=f"{prompt.user}\n\n{note}",
        thinking=0,
        reply=max(min(most, left), min(prompt.reply - _NOTE_TOKENS, most), MIN_REPLY_TOKENS),
        seed=prompt.seed + _NEW_SEED,
    )


def _advise(tier: TierSettings, reply: Reply) -> str:
    """What to change that these calls did not try already."""
    if not (reply.thought or reply.tokens_thought or reply.stop == "length"):
        return (
            "Look at the server's log and chat template, and whether "
            f"`context` in {tier.table} is larger than the server's window."
        )
    profile = profile_for(tier, reply.model)
    if profile.can_be_told:
        # Every call but the first was sent the switch for that: see `ask_differently`.
        return (
            "It was told not to think, and did not heed it: look at the server's chat template, "
            f"or in {tier.table} settings name another model or a larger `context`."
        )
    if tier.thinking == "off":
        return (
            f"In {tier.table} settings name a model that can be told not to think, "
            "or give it more room: `answer` and `context`."
        )
    off = 'set thinking = "off", or ' if profile.thinks != "always" else ""
    return f"In {tier.table} settings {off}give it more room: `thinking` and `context`."


def _to_failure(reply: Reply, why: str) -> FailedModel:
    return FailedModel(
        reply.model,
        why,
        reply.tokens_in,
        reply.tokens_out,
        reply.tokens_cached,
        reply.tokens_thought,
    )


def _add_failure(row: LedgerRow, error: ModelError, spent: list[FailedModel]) -> LedgerRow:
    """What nobody answered may have cost all the same; the last model of the chain bears a row."""
    alone = FailedModel(error.model, error.why, error.tokens_in, error.tokens_out)
    *before, last = error.failures or (alone,)
    return replace(
        row,
        model=last.model,
        tokens_in=last.tokens_in,
        tokens_out=last.tokens_out,
        failures=(*spent, *before),
    )


def _add_reply(row: LedgerRow, reply: Reply, spent: list[FailedModel]) -> LedgerRow:
    return replace(
        row,
        model=reply.model,
        tokens_in=reply.tokens_in,
        tokens_out=reply.tokens_out,
        tokens_cached=reply.tokens_cached,
        tokens_thought=reply.tokens_thought,
        seconds=reply.seconds,
        failures=(*spent, *reply.failures),
    )


def _add_cost_and_places(row: LedgerRow, tier: TierSettings) -> LedgerRow:
    cost = compute_cost(
        row.all_tokens_in,
        row.all_tokens_out,
        tokens_cached=row.all_tokens_cached,
        price_in=tier.price_in,
        price_out=tier.price_out,
        price_cached=tier.price_cached,
    )
    failures = tuple(replace(fall, place=find_place(fall.model, tier)) for fall in row.failures)
    return replace(row, cost=cost, place=find_place(row.model, tier), failures=failures)
