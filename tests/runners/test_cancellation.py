"""A call that nobody wants any more ends, whatever it waits for, and costs what came of it."""

import threading
import time

import pytest
from fake_models.server import ModelServer, ScriptedAnswer
from support.unmetered import Unmetered

from bot.config.tiers import TierSettings
from bot.ledger import AttemptOutcome, LedgerRow
from bot.models.chain import open_tier
from bot.models.model import Prompt, Reply
from runners.cancellation import Cancellation
from runners.model_call import ModelCall, call_model
from runners.model_outages import ModelOutages

ROW = LedgerRow("fix", 1, "local", "")
PROMPT = Prompt("", "Sum. " * 40, reply=256, attempt=1)


class Keeping(Unmetered):
    def __init__(self) -> None:
        self.kept: list[Reply] = []

    def keep_answer(self, _name: str, _tier: TierSettings, _prompt: Prompt, reply: Reply) -> None:
        self.kept.append(reply)


def tier(server: ModelServer, retries: int = 0) -> TierSettings:
    return TierSettings(models=("openai-chat:coder",), base_url=server.url, retries=retries)


def lost_once(server: ModelServer, least: int) -> Cancellation:
    """Nobody wants it once so many pieces have come and a stream is open."""
    return Cancellation(
        lambda: "lost" if server.open_streams and server.pieces_sent >= least else ""
    )


@pytest.mark.slow
@pytest.mark.parametrize("pieces", [0, 3], ids=["before the first token", "while it streams"])
def test_the_connection_is_closed_when_nobody_wants_the_answer(
    model_server: ModelServer, pieces: int
) -> None:
    """Though a server sends nothing for a minute; the prompt and what came are charged."""
    if pieces:
        model_server.answers = [ScriptedAnswer("0123456", times=999, pause=0.05)]
    else:
        model_server.answers = [ScriptedAnswer("late", pause=60)]
    settings, meter = tier(model_server), Keeping()
    with open_tier(settings) as chain:
        lost = lost_once(model_server, pieces)
        call = call_model(chain, PROMPT, ROW, settings, meter, cancellation=lost)
    assert (call.reply, call.outcome) == (None, AttemptOutcome.STOPPED)
    assert call.row.tokens_in > 0
    assert (call.row.tokens_out > 0) == bool(pieces)
    assert not meter.kept
    wait_until_closed(model_server)


def wait_until_closed(server: ModelServer) -> None:
    end = time.monotonic() + 20
    while server.open_streams and time.monotonic() < end:
        threading.Event().wait(0.02)
    assert not server.open_streams


def test_what_nobody_wants_is_not_asked(model_server: ModelServer) -> None:
    """Nothing is sent, and nothing is charged."""
    settings = tier(model_server)
    with open_tier(settings) as chain:
        lost = Cancellation(lambda: "candidate 1 has passed")
        call = call_model(chain, PROMPT, ROW, settings, Unmetered(), cancellation=lost)
    assert (call.outcome, call.why) == (AttemptOutcome.STOPPED, "candidate 1 has passed")
    assert call.row.tokens == 0
    assert not model_server.requests


def ask(server: ModelServer, cancellation: Cancellation) -> ModelCall:
    settings = tier(server)
    with open_tier(settings) as chain:
        return ModelOutages(lambda _: None).ask(
            chain, PROMPT, ROW, settings, Unmetered(), cancellation=cancellation
        )


@pytest.mark.slow
def test_a_server_that_is_down_is_not_waited_for_by_what_nobody_needs(
    model_server: ModelServer,
) -> None:
    """Its outage is no failure of the model's, and ends no run."""
    model_server.answers = [ScriptedAnswer(status=503)]
    done = Cancellation(
        explain_unanswered=lambda: "others answered" if model_server.requests else ""
    )
    call = ask(model_server, done)
    assert (call.outcome, call.why) == (AttemptOutcome.STOPPED, "others answered")


def test_a_sleep_ends_when_nobody_wants_what_follows() -> None:
    """It is made of short ones."""
    slept: list[float] = []
    Cancellation(lambda: "lost" if len(slept) == 3 else "").sleep(60, slept.append)
    assert len(slept) == 3
    assert max(slept) <= 0.25
