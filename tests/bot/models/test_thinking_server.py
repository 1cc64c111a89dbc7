"""A model that thinks behind a real llama-server: the small one, with the template of such a model."""

from collections.abc import Iterator

import pytest
from support.gguf import THINKING_TEMPLATE
from support.llama_server import serve_llama

from bot.config.tiers import TierSettings
from bot.models.hosted import HostedModel
from bot.models.model import ModelError, Prompt, Reply
from bot.models.spec import parse_spec

pytestmark = pytest.mark.model
MODEL = "openai-chat:qwen3-small"
"""The server has one model, whatever it is called: the name tells the bot which family it is of."""
FILE = "Write the file hello.txt. It has one line: hello world. Answer with the file in a fence."
STORY = "Tell a very long story about a boat. Leave out no detail."
ROOM = 64
CLOSING_TOKENS = 8
"""At least what the small model's tokenizer takes to end a thought."""


# https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md (reasoning-format)
@pytest.fixture(scope="module", params=["none", "deepseek"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that leaves the thought in the text, and one that sends it in a field of its own."""
    folder, options = tmp_path_factory.mktemp("server"), ("--reasoning-format", request.param)
    with serve_llama(folder, options, template=THINKING_TEMPLATE, context=2048) as url:
        yield f"{url}/v1"


def ask(url: str, user: str, *, thinking: int, reply: int = 100, **settings: object) -> Reply:
    fields = {"models": (MODEL,), "base_url": url, "context": 2048, "answer": 100, "timeout": 120}
    fields |= {"thinking": thinking or "off", "sampling": {"temperature": 0.0}, **settings}
    prompt = Prompt("You are brief.", user, reply=reply + thinking, thinking=thinking)
    tier = TierSettings.model_validate(fields)
    return HostedModel(parse_spec(MODEL), tier).ask(prompt, keep_going)


def keep_going(*_: object) -> str:
    return ""


def test_thought_and_answer_are_told_apart(url: str) -> None:
    """The room of the tier reaches the server, which ends the thought there; its counts are kept."""
    reply = ask(url, STORY, thinking=ROOM)
    assert reply.thought
    assert reply.text
    assert "think>" not in reply.thought + reply.text
    assert ROOM // 2 < reply.tokens_thought < 2 * ROOM
    # Both ran to their limits, and the server's count has the end of the thought in it.
    assert reply.stop == "length"
    assert reply.tokens_out == ROOM + 100


def test_a_thought_that_is_all_there_is(url: str) -> None:
    """A turn that ends inside its thought is a thought of that many tokens, and no answer."""
    reply = ask(url, FILE, thinking=3 * ROOM)
    assert (reply.text, reply.stop) == ("", "end")
    assert reply.thought
    assert reply.tokens_thought == reply.tokens_out


def test_a_thought_without_room_for_an_answer(url: str) -> None:
    """What the limit cut inside of the thought is no answer either, and `length` says why."""
    reply = ask(url, STORY, thinking=3 * ROOM, reply=20 - 3 * ROOM)
    assert (reply.text, reply.stop, reply.tokens_out) == ("", "length", 20)
    assert reply.thought


def test_not_to_think_reaches_the_template(url: str) -> None:
    """The family's switch is sent: the template writes an empty thought, and the answer comes."""
    off, thinking = ask(url, STORY, thinking=0), ask(url, STORY, thinking=ROOM)
    assert off.tokens_in > thinking.tokens_in
    assert off.text
    assert (off.thought, off.tokens_thought) == ("", 0)


def test_a_persons_keys_win(url: str) -> None:
    """`extra` goes to the server as it is, and one that it does not know does no harm."""
    extra = {"thinking_budget_tokens": 8, "no_such_key": 1}
    reply = ask(url, STORY, thinking=3 * ROOM, extra=extra)
    assert reply.tokens_thought < ROOM
    assert reply.text


def test_what_the_server_refuses_is_told_in_its_words(url: str) -> None:
    """A value of the wrong type, and a prompt beyond the window."""
    extra = {"chat_template_kwargs": {"enable_thinking": "off"}}
    with pytest.raises(ModelError, match="enable_thinking"):
        ask(url, STORY, thinking=ROOM, extra=extra)
    with pytest.raises(ModelError, match="exceeds the available context size") as raised:
        ask(url, "word " * 3000, thinking=0)
    assert not raised.value.retryable


def test_a_thought_that_is_cut(url: str) -> None:
    """The watch sees the thought and may end it; what that cost is told, and the server is free."""
    tier = TierSettings(models=(MODEL,), base_url=url, context=2048, answer=100, thinking=1000)
    prompt = Prompt("You are brief.", STORY, reply=1100, thinking=1000)

    def cut(text: str, _: object = (), thought: str = "") -> str:
        return "long" if len(text) + len(thought) > 200 else ""

    reply = HostedModel(parse_spec(MODEL), tier).ask(prompt, cut)
    assert (reply.stop, reply.cut_why, reply.text) == ("cut", "long", "")
    assert reply.thought
    assert 20 < reply.tokens_thought < 200
    assert ask(url, STORY, thinking=0).text
