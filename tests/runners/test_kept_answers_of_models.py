"""A kill has no model asked, and paid, twice for the same: each answer is kept before it is used."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.config.machine import SpendingCaps
from bot.config.tiers import TierSettings
from bot.ledger import LedgerRow
from bot.models.chain import Chain
from bot.models.model import ModelError, Prompt, Reply, Watch
from bot.spending import Payer
from bot.storage.answers import MAX_BODY_BYTES, MAX_PER_JOB, AnswerStore
from bot.storage.calls import CallStore, open_call_store
from runners.model_call import ModelCall, call_model
from runners.spending import Meter, name_asked

ANN = Payer(job="7#1", repo="7", person=42, asking="first")
PROMPT = Prompt("Plan.", "The issue", reply=100, task="plan", attempt=1)
TIER = TierSettings(models=("openai-chat:x",), base_url="http://127.0.0.1:1", context=1024)
ODD = "\ud800 half a pair, \0 and \u2028"


class Counted:
    """A model that numbers its answers."""

    name = "x"

    def __init__(self, text: str = "answer", failing: int = 0) -> None:
        self.asked = 0
        self._text = text
        self._failing = failing

    def ask(self, prompt: Prompt, watch: Watch) -> Reply:
        del prompt, watch
        self.asked += 1
        if self.asked <= self._failing:
            raise ModelError("x", "down", cause="outage")
        events = ({"type": "text", "n": 1},)
        return Reply(f"{self._text} {self.asked}", 10, 5, 0.5, "x", thought="t", events=events)

    def close(self) -> None:
        pass


@pytest.fixture
def store(tmp_path: Path) -> CallStore:
    return open_call_store(f"sqlite:///{tmp_path / 'x.sqlite'}")


def ask(  # noqa: PLR0913, PLR0917  # each may differ
    store: CallStore,
    model: Counted,
    payer: Payer = ANN,
    prompt: Prompt = PROMPT,
    tier: TierSettings = TIER,
    name: str = "planner",
) -> Reply | None:
    """By a process of its own: it has nothing but the database."""
    meter = Meter(store, SpendingCaps(), payer)
    row = LedgerRow("plan", 1, name, "x")
    return call_model(Chain((model,)), prompt, row, tier, meter).reply


def count_calls(store: CallStore) -> int:
    with store.engine.connect() as db:
        return int(db.exec_driver_sql("select count(*) from bricklayer_calls").scalar_one())


def test_the_same_is_asked_once_whoever_asks_again(store: CallStore) -> None:
    """With all that came of it, in every character, and entered as one call."""
    model = Counted(ODD)
    first = ask(store, model)
    assert ask(store, model) == first
    assert (model.asked, count_calls(store)) == (1, 1)


OTHERS = {
    "another issue": {"prompt": replace(PROMPT, user="The issue, edited")},
    "other instructions": {"prompt": replace(PROMPT, system="Plan well.")},
    "another seed": {"prompt": replace(PROMPT, seed=1)},
    "more room": {"prompt": replace(PROMPT, reply=200)},
    "another model": {"tier": TIER.model_copy(update={"models": ("openai-chat:y",)})},
    "another server": {"tier": TIER.model_copy(update={"base_url": "http://127.0.0.1:2"})},
    "another job": {"payer": replace(ANN, job="7#2")},
    "the next piece of work": {"payer": replace(ANN, asking="second")},
    "nothing is kept": {"payer": replace(ANN, asking="")},
    "another tier": {"name": "senior"},
}


@pytest.mark.parametrize("how", OTHERS)
def test_anything_else_is_asked_anew(store: CallStore, how: str) -> None:
    model = Counted()
    ask(store, model)
    ask(store, model, **OTHERS[how])  # type: ignore[arg-type]
    assert model.asked == 2


def test_what_was_no_answer_is_not_kept(store: CallStore) -> None:
    model = Counted(failing=1)
    assert ask(store, model) is None
    assert ask(store, model) is not None
    assert model.asked == 2


def test_work_that_is_over_keeps_nothing(store: CallStore) -> None:
    model = Counted()
    ask(store, model)
    ask(store, model, replace(ANN, job="7#2"))
    Meter(store, SpendingCaps(), ANN).forget_answers()
    ask(store, model, replace(ANN, job="7#2"))
    assert model.asked == 2
    ask(store, model)
    assert model.asked == 3


def test_an_answer_that_another_version_kept_is_asked_for_again(store: CallStore) -> None:
    asked = name_asked(ANN, "planner", TIER, PROMPT)
    AnswerStore(store.engine).keep(ANN.job, asked, b"no such form", 1.0)
    model = Counted()
    assert ask(store, model)
    assert model.asked == 1


@pytest.mark.slow
def test_what_is_kept_is_bounded(store: CallStore) -> None:
    """One answer, and of one job all of them; of other jobs nothing is lost by that."""
    answers = AnswerStore(store.engine)
    answers.keep("a", "long", b"x" * (MAX_BODY_BYTES + 1), 0.0)
    assert not answers.find("a", "long")
    answers.keep("b", "kept", b"1", 0.0)
    for number in range(MAX_PER_JOB + 2):
        answers.keep("a", str(number), b"1", float(number))
    assert not answers.find("a", "1")
    assert answers.find("a", "2")
    assert answers.find("b", "kept")


class Thinks(Counted):
    """It only thinks, twice, then answers."""

    def ask(self, prompt: Prompt, watch: Watch) -> Reply:
        reply = super().ask(prompt, watch)
        return reply if self.asked > 2 else replace(reply, text="", events=(), tokens_out=7)


@pytest.mark.parametrize("kind", [Counted, Thinks])
def test_what_a_lost_run_had_entered_costs_nothing_in_the_next(
    store: CallStore, kind: type[Counted]
) -> None:
    """Of an attempt, with its mere thoughts; what a kill kept from the ledger is entered once."""
    model, entered = kind(), list[LedgerRow]()
    row = LedgerRow("fix", 2, "local", "x")

    def take() -> ModelCall:
        meter = Meter(store, SpendingCaps(), ANN, list_entered=lambda *_: entered)
        return call_model(Chain((model,)), PROMPT, row, TIER, meter)

    paid, asked = take(), model.asked
    again = take()
    assert again == paid  # killed before it was entered
    entered.append(paid.row)
    free = take()
    assert model.asked == asked
    assert (free.reply, free.thoughts) == (paid.reply, paid.thoughts)
    assert paid.row.tokens > 0
    assert (free.row.tokens, free.row.cost, free.row.seconds) == (0, 0.0, 0.0)
    assert replace(free.row, tokens_in=10, tokens_out=5, seconds=0.5, failures=()) == replace(
        paid.row, failures=()
    )
    entered[:] = [free.row, paid.row]  # of two runs that were lost
    assert take() == free


def test_an_attempt_that_was_entered_pays_for_what_is_asked_anew(store: CallStore) -> None:
    """As where the next run shows other files: the answer is another one."""
    model, row = Counted(), LedgerRow("fix", 2, "local", "x")
    before = replace(row, tokens_in=9, tokens_out=5)
    meter = Meter(store, SpendingCaps(), ANN, list_entered=lambda *_: (before,))
    paid = [call_model(Chain((model,)), PROMPT, row, TIER, meter).row.tokens for _ in range(2)]
    assert (paid, model.asked) == ([15, 15], 1)
