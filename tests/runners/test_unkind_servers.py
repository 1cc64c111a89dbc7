"""Whatever a server of models does while it is unwell, it costs no attempt and no other tier.

The answers are those that were looked up:
llama-server while it loads: https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
Ollama's full queue and missing model: https://docs.ollama.com/faq
vLLM's refused key and dead engine: https://docs.vllm.ai/en/stable/serving/openai_compatible_server/
LM Studio without a model: https://lmstudio.ai/docs/app/api/endpoints/openai
"""

import json
from dataclasses import dataclass, field

import pytest
from fake_models.server import ModelServer, ScriptedAnswer
from support.unmetered import Unmetered

from bot.config.tiers import TierSettings
from bot.errors import ModelOutageError, ModelSettingsError
from bot.ledger import LedgerRow
from bot.models.chain import open_tier
from bot.models.model import Prompt
from bot.models.spec import preload_hosted
from runners.model_call import ModelCall
from runners.model_outages import ModelOutages
from runners.progress import ProgressEvent

ROW = LedgerRow("fix", 3, "local", "")
PROMPT = Prompt("", "Subtract.", reply=64)


def said(status: int, **error: object) -> ScriptedAnswer:
    body = json.dumps({"error": error}).encode()
    return ScriptedAnswer(body=body, status=status)


UNWELL = {
    "llama-server loads its model": said(
        503, code=503, message="Loading model", type="unavailable_error"
    ),
    "Ollama's queue is full": said(
        503, message="server busy, please try again.  maximum pending requests exceeded"
    ),
    "Ollama's runner has died": said(
        500, message="llama runner process has terminated: signal: killed"
    ),
    "vLLM's engine has died": said(500, message="EngineCore encountered an issue.", code=500),
    "a proxy finds nobody": ScriptedAnswer("Bad Gateway", status=502),
    "a proxy waits too long": ScriptedAnswer("Gateway Timeout", status=504),
    "Anthropic is overloaded": ScriptedAnswer("Overloaded", status=529),
    "it asks to wait": ScriptedAnswer("slow down", status=429, headers={"retry-after": "7"}),
    "it is cut off in the middle": ScriptedAnswer("def f(): return", broken=True),
    "it drips and never answers": ScriptedAnswer(drip=True),
    "it says nothing at all": ScriptedAnswer(body=b""),
    "it sends a page": ScriptedAnswer(body=b"<html>502</html>"),
}
WRONG = {
    "the key is refused": (said(401, message="Unauthorized", type="invalid_request_error"), "key"),
    "vLLM does not know the model": (
        said(404, message="The model `x` does not exist.", type="NotFoundError"),
        "Name a model",
    ),
    "Ollama does not have the model": (
        said(404, message='model "x" not found, try pulling it first', type="api_error"),
        "Name a model",
    ),
    "LM Studio has no model loaded": (
        said(400, message="No models loaded. Please load a model in the developer page."),
        "Fix `models`",
    ),
    "OpenAI's account has no money": (
        said(429, message="You exceeded your current quota", code="insufficient_quota"),
        "no credit left",
    ),
    "it knows no such request": (said(501, message="not supported by this server"), "Fix `models`"),
}


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    """What is imported at the first call takes longer than the time-outs here."""
    preload_hosted("openai-chat")


def make_tier(server: ModelServer, wait: float = 900.0) -> TierSettings:
    timeout = 0.6 if server.answers[0].drip else 20
    return TierSettings(
        models=("openai-chat:x",), base_url=server.url, timeout=timeout, wait=wait, retries=0
    )


@dataclass
class Waiting:
    slept: list[float] = field(default_factory=list)
    told: list[ProgressEvent] = field(default_factory=list)
    seconds: float = 0.0

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def ask(self, server: ModelServer) -> ModelCall:
        tier = make_tier(server)
        outages = ModelOutages(
            self.told.append, self.sleep, lambda: self.seconds, monotonic=lambda: self.seconds
        )
        with open_tier(tier) as chain:
            return outages.ask(chain, PROMPT, ROW, tier, Unmetered(), may_fall_back=True)


@pytest.mark.parametrize("unwell", UNWELL)
def test_an_unwell_server_is_waited_for_and_the_attempt_is_the_same_one(
    model_server: ModelServer, unwell: str
) -> None:
    """It is asked again after 1, 2, 4 s, or when it says; and told since when it is down."""
    model_server.answers = [*[UNWELL[unwell]] * 3, ScriptedAnswer("done")]
    waiting = Waiting()
    call = waiting.ask(model_server)
    assert call.reply
    assert call.reply.text == "done"
    assert (call.row.number, call.row.tier) == (3, "local")
    assert waiting.slept == ([7, 7, 7] if unwell == "it asks to wait" else [1, 2, 4])
    assert "down since" in waiting.told[0].text
    assert "answers again, after" in waiting.told[-1].text


@pytest.mark.parametrize("unwell", UNWELL)
def test_one_that_stays_unwell_stops_the_run_undone(model_server: ModelServer, unwell: str) -> None:
    """The senior is not asked in its place: no setting says so."""
    model_server.answers = [UNWELL[unwell]]
    tier = make_tier(model_server, wait=0.0)
    with (
        open_tier(tier) as chain,
        pytest.raises(ModelOutageError, match="No attempt was counted"),
    ):
        ModelOutages(lambda _event: None).ask(
            chain, PROMPT, ROW, tier, Unmetered(), may_fall_back=True
        )
    assert len(model_server.requests) == 1


@pytest.mark.parametrize("wrong", WRONG)
def test_what_waiting_cannot_change_stops_at_once_with_what_to_do(
    model_server: ModelServer, wrong: str
) -> None:
    answer, words = WRONG[wrong]
    model_server.answers = [answer]
    waiting = Waiting()
    with pytest.raises(ModelSettingsError) as raised:
        waiting.ask(model_server)
    assert words in raised.value.hint
    assert waiting.slept == []
    assert len(model_server.requests) == 1


def test_ones_own_server_is_told_how_long_an_answer_may_be(model_server: ModelServer) -> None:
    """By the one name that llama-server, Ollama, vLLM and LM Studio all know."""
    Waiting().ask(model_server)
    body = model_server.requests[0].body
    assert body["max_tokens"] == 64
    assert "max_completion_tokens" not in body
