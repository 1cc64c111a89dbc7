"""A server that is down, refuses us or cuts prompts is this machine's fault, and no attempt."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fake_models.server import ModelServer, ScriptedAnswer
from support.unmetered import Unmetered

from bot.config.tiers import TierSettings
from bot.errors import ModelOutageError
from bot.ledger import LedgerRow
from bot.models.chain import Chain, open_tier
from bot.models.model import Model, ModelError, Prompt, Reply, Watch
from runners.model_call import ModelCall
from runners.model_outages import AWAITED_SINCE, ModelOutages
from runners.progress import ProgressEvent

ROW = LedgerRow("fix", 1, "local", "")
PROMPT = Prompt("", "Subtract.")
DOWN = ModelError("openai-chat:x", "no connection", retryable=True, cause="unreached")
BUSY = ModelError("openai-chat:x", "HTTP 503: loading", retryable=True, cause="outage")
SPENT = ModelError("m", "HTTP 429", retryable=True, wait=3600, cause="outage")
ANSWER = Reply("done", 3, 1, 0.1, "openai-chat:x")


@dataclass
class Clock:
    seconds: float = 1_000_000.0
    slept: list[float] = field(default_factory=list)
    set_by: float = 0.0
    """How far somebody has set the clock, which no timer sees."""

    def set(self, seconds: float) -> None:
        self.seconds += seconds
        self.set_by += seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


@dataclass
class Server:
    """A model that says what it is told to, the last again and again."""

    says: list[ModelError | Reply]
    name: str = "openai-chat:x"
    asked: int = 0

    def ask(self, _prompt: Prompt, _watch: Watch) -> Reply:
        self.asked += 1
        said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if isinstance(said, ModelError):
            raise said
        return said

    def close(self) -> None: ...


@dataclass
class Room:
    clock: Clock = field(default_factory=Clock)
    told: list[ProgressEvent] = field(default_factory=list)

    def outages(self) -> ModelOutages:
        now, timer = lambda: self.clock.seconds, lambda: self.clock.seconds - self.clock.set_by
        return ModelOutages(self.told.append, self.clock.sleep, now, monotonic=timer)

    def ask(
        self, server: Model, outages: ModelOutages | None = None, **settings: object
    ) -> ModelCall:
        tier = TierSettings.model_validate(
            {"models": [server.name], "base_url": "http://u:secret@127.0.0.1:8080/v1", **settings}
        )
        outages = outages or self.outages()
        chain = Chain((server,), retries=0)
        return outages.ask(chain, PROMPT, ROW, tier, Unmetered(), may_fall_back=True)


def test_a_server_that_comes_back_is_waited_for_and_said_since_when() -> None:
    """Pauses double up to a minute; it is told once a minute, and once more when it answers."""
    room, server = Room(), Server([BUSY] * 8 + [ANSWER])
    call = room.ask(server)
    assert call.reply == ANSWER
    assert room.clock.slept == [1, 2, 4, 8, 16, 32, 60, 60]
    texts = [event.text for event in room.told]
    assert "waiting for 127.0.0.1:8080, down since " in texts[0]
    assert texts[0].endswith("HTTP 503: loading; asked again in 1 s")
    assert texts[-1] == "127.0.0.1:8080 answers again, after 3 min"
    assert 3 <= len(texts) <= 6
    assert "secret" not in "".join(texts)


@pytest.mark.parametrize(
    ("says", "settings", "least", "most"),
    [
        ([BUSY], {}, 900, 900),
        ([DOWN], {}, 60, 60),
        ([ANSWER, DOWN], {}, 900, 900),
        ([DOWN], {"wait": 7}, 7, 7),
        ([BUSY], {"wait": 0}, 0, 0),
        ([SPENT], {"quota_wait": 0}, 0, 0),
        ([SPENT], {}, 18_000, 21_600),
        ([SPENT], {"quota_wait": 3700}, 3600, 3600),
    ],
)
def test_waiting_has_an_end_and_the_run_stops_undone(
    says: Sequence[ModelError | Reply], settings: dict[str, object], least: float, most: float
) -> None:
    """Sooner where nobody ever answered at that address: it may be wrong."""
    room, server = Room(), Server(list(says))
    outages = room.outages()
    if says[0] is ANSWER:
        assert room.ask(server, outages, **settings).reply
    with pytest.raises(ModelOutageError) as raised:
        room.ask(server, outages, **settings)
    assert least <= sum(room.clock.slept) <= most
    assert "127.0.0.1:8080 did not answer for " in raised.value.what
    assert "fallback" in raised.value.hint


@pytest.mark.parametrize("hours", [-240, 10])
def test_a_clock_that_is_set_makes_no_outage_longer_or_shorter(hours: float) -> None:
    """It is told by the clock, and timed by what nobody sets."""
    room = Room()
    outages = room.outages()

    @dataclass
    class SetsClock(Server):
        def ask(self, prompt: Prompt, watch: Watch) -> Reply:
            if self.asked == 2:
                room.clock.set(hours * 3600)
            return super().ask(prompt, watch)

    assert room.ask(SetsClock([BUSY] * 6 + [ANSWER]), outages).reply
    assert sum(room.clock.slept) <= 63
    assert room.told[-1].text == "127.0.0.1:8080 answers again, after 63 s"


def test_who_waits_is_told_since_when_and_who_stops_until_when() -> None:
    """In facts too, so that a comment can say it."""
    room = Room()
    room.ask(Server([SPENT, ANSWER]))
    assert [event.facts[AWAITED_SINCE] for event in room.told] == [1_000_000.0, 0.0]
    with pytest.raises(ModelOutageError) as raised:
        room.ask(Server([SPENT]), quota_wait=0, wait=0)
    assert raised.value.retry_at == room.clock.seconds + 3600


def test_only_a_setting_lets_the_next_tier_take_over() -> None:
    """And while it stays down, the next task does not wait for it again."""
    room, server = Room(), Server([DOWN])
    outages = room.outages()
    call = room.ask(server, outages, wait=30, fallback=True)
    assert (call.reply, call.gave_up) == (None, True)
    slept = len(room.clock.slept)
    assert slept
    assert room.ask(server, outages, wait=30, fallback=True).gave_up
    assert len(room.clock.slept) == slept


def test_two_cards_servers_are_two() -> None:
    """What one lane's server answers says nothing of the other, which is still down."""
    room = Room()
    outages = room.outages()
    other = "http://127.0.0.1:8081/v1"
    with pytest.raises(ModelOutageError):
        room.ask(Server([BUSY]), outages, base_url=other, wait=5)
    assert room.ask(Server([ANSWER]), outages).reply
    assert not any("answers again" in event.text for event in room.told)
    assert room.ask(Server([ANSWER]), outages, base_url=other).reply
    assert room.told[-1].text == "127.0.0.1:8081 answers again, after 5 s"


def test_what_the_failed_calls_cost_is_in_the_row() -> None:
    """A stream that broke off was paid for; a refused connection was not."""
    half = ModelError("m", "broke off", retryable=True, tokens_in=40, tokens_out=7, cause="outage")
    call = Room().ask(Server([half, DOWN, ANSWER]))
    assert [(fall.tokens_in, fall.tokens_out) for fall in call.row.failures] == [(40, 7)]
    assert call.row.tokens == 40 + 7 + 3 + 1


def hosted(server: ModelServer, **settings: object) -> ModelError:
    tier = TierSettings.model_validate(
        {"models": ["openai-chat:x"], "base_url": server.url, "retries": 0, **settings}
    )
    with open_tier(tier) as chain, pytest.raises(ModelError) as raised:
        chain.ask(PROMPT, lambda *_: "")
    return raised.value


@pytest.mark.parametrize(
    ("status", "said", "cause", "window"),
    [
        (401, {"message": "invalid api key"}, "settings", 0),
        (404, {"message": "model `x` not found"}, "settings", 0),
        (400, {"message": "x is not a valid model ID"}, "settings", 0),
        (400, {"message": "the messages are odd"}, "", 0),
        (503, {"message": "Loading model"}, "outage", 0),
        (500, "<html>oops</html>", "outage", 0),
        (200, "<html>a page</html>", "outage", 0),
        (400, {"message": "This model's maximum context length is 2048 tokens. However, 3000"},
         "window", 2048),
        (400, {"message": "request (3000 tokens) exceeds the available context size (2048 tokens)"},
         "window", 2048),
        (400, {"message": "it is exceeded", "type": "exceed_context_size_error", "n_ctx": 2048},
         "window", 2048),
        (400, {"message": "prompt is too long: 3000 tokens > 2048 maximum"}, "window", 2048),
        (413, {"message": "Request entity too large"}, "window", 0),
    ],
)  # fmt: skip
def test_a_servers_words_say_whose_fault_it_is(
    model_server: ModelServer, status: int, said: object, cause: str, window: int
) -> None:
    """Keys and names are for a person to mend, trouble is waited for, a long prompt is shortened."""
    body = said if isinstance(said, str) else json.dumps({"error": said})
    model_server.answers = [ScriptedAnswer(status=status, body=body.encode())]
    error = hosted(model_server)
    assert (error.cause, error.window) == (cause, window), error


def test_nobody_at_the_address_is_told_apart(model_server: ModelServer) -> None:
    assert hosted(model_server, base_url="http://127.0.0.1:9/v1").cause == "unreached"


def test_a_chain_waits_while_one_of_its_models_may_come_back(tmp_path: Path) -> None:
    """Whichever failed last."""
    for number, status in enumerate((503, 401)):
        (tmp_path / f"{number}.md").write_text(f"## reply: *, fail {status}")
    models = [f"script:{tmp_path}/0.md", f"script:{tmp_path}/1.md"]
    tier = TierSettings(models=tuple(models), retries=0)
    with open_tier(tier) as chain, pytest.raises(ModelError) as raised:
        chain.ask(PROMPT, lambda *_: "")
    assert raised.value.cause == "outage"


@pytest.mark.parametrize(("days", "cause"), [(2, "outage"), (20, "settings")])
def test_a_limit_of_spending_that_ends_within_days_is_waited_for(
    model_server: ModelServer, days: int, cause: str
) -> None:
    """One that lasts longer is for a person to raise."""
    free = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    said = f"You have reached your API usage limits. You will regain access on {free:%Y-%m-%d}"
    body = json.dumps({"error": {"message": f"{said} at {free:%H:%M} UTC."}}).encode()
    model_server.answers = [ScriptedAnswer(status=400, body=body)]
    error = hosted(model_server)
    assert error.cause == cause
    assert error.wait == (pytest.approx(days * 86_400, abs=120) if cause == "outage" else 0)
