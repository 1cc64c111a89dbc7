import base64
import json
import socket
import time

import pytest
from fake_models.server import ModelServer, ScriptedAnswer
from fake_models.wire import TOKENS_IN, TOKENS_OUT

from bot import ledger
from bot.config.machine import TierSettings
from bot.errors import UserError
from bot.models.hosted import HostedModel
from bot.models.model import ModelError, Prompt, Reply
from bot.models.spec import parse_spec
from bot.models.token_estimate import MAX_TOKEN_COUNT, estimate_tokens

KINDS = ("openai-chat:scripted", "anthropic:scripted", "openai-responses:scripted")
KEY = "sk-very-secret-0123456789"


def calm(_: str) -> str:
    return ""


def model(server: ModelServer, kind: str = KINDS[0], *, timeout: float = 20) -> HostedModel:
    url = server.url.removesuffix("/v1") if kind.startswith("anthropic") else server.url
    return HostedModel(
        parse_spec(kind), TierSettings(models=(kind,), base_url=url, timeout=timeout)
    )


def ask(server: ModelServer, kind: str = KINDS[0], **wishes: object) -> Reply:
    prompt = Prompt("You build.", "Say hello.", **wishes)  # type: ignore[arg-type]
    return model(server, kind).ask(prompt, calm)


@pytest.mark.parametrize("kind", KINDS)
def test_a_reply_with_the_servers_own_count(model_server: ModelServer, kind: str) -> None:
    """Text, tokens in, out and cached come from the server; what was asked reaches it."""
    model_server.answers = [ScriptedAnswer("def f():\n    return 1\n", cached=1000)]
    reply = ask(model_server, kind, temperature=0.7, reply=99)
    assert reply.text == "def f():\n    return 1\n"
    assert (reply.tokens_in, reply.tokens_out, reply.tokens_cached) == (TOKENS_IN, TOKENS_OUT, 1000)
    assert (reply.stop, reply.model) == ("end", kind)
    sent = str(model_server.requests[0].body)
    for word in ("You build.", "Say hello.", "0.7", "99"):
        assert word in sent


def test_sampling_reaches_the_server(model_server: ModelServer) -> None:
    """Seed and stop words go out; a grammar goes to a server of one's own."""
    ask(model_server, seed=7, stop=("<<END>>",), grammar='root ::= "x"')
    body = model_server.requests[0].body
    assert (body["seed"], body["stop"], body["grammar"]) == (7, ["<<END>>"], 'root ::= "x"')


@pytest.mark.parametrize("kind", KINDS[:2])
def test_no_count_is_never_no_cost(model_server: ModelServer, kind: str) -> None:
    """A server that sends no usage is counted by estimate, not as nothing."""
    model_server.answers = [ScriptedAnswer("one two three four", usage=False)]
    reply = ask(model_server, kind)
    assert reply.tokens_out >= 4
    assert reply.tokens_in > 4


@pytest.mark.parametrize("count", ["1" + "0" * 400, "1e300", "-5", "12.5", "true", '"7"', "null"])
def test_a_count_beyond_sense(model_server: ModelServer, count: str) -> None:
    """Whatever a server claims to have counted, the reply's counts are whole and have a price."""
    model_server.answers = [ScriptedAnswer(body=chat_with_usage(count))]
    reply = ask(model_server)
    counts = (reply.tokens_in, reply.tokens_out, reply.tokens_cached)
    assert all(type(one) is int and 0 <= one <= MAX_TOKEN_COUNT for one in counts)
    assert ledger.compute_cost(reply.tokens_in, reply.tokens_out, price_in=2, price_out=8) > 0


def chat_with_usage(count: str) -> bytes:
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "scripted"}
    choice = {"index": 0, "delta": {"content": "hi there"}, "finish_reason": "stop"}
    usage = dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), 0)
    events = ({**head, "choices": [choice]}, {**head, "choices": [], "usage": usage})
    said = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
    return (said.replace('_tokens": 0', f'_tokens": {count}') + "data: [DONE]\n\n").encode()


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_closes_the_stream(model_server: ModelServer, kind: str) -> None:
    """The watch ends a runaway reply, its tokens are counted, and the server is hung up on."""
    model_server.answers = [ScriptedAnswer("again ", times=100_000, pause=0.001)]
    reply = model(model_server, kind).ask(
        Prompt("", "x", reply=100_000), lambda text: "loop" if text.count("again") > 20 else ""
    )
    assert (reply.stop, reply.cut_why) == ("cut", "loop")
    assert reply.tokens_out >= estimate_tokens(reply.text) > 20
    ends = time.monotonic() + 10
    while model_server.open_streams and time.monotonic() < ends:
        time.sleep(0.01)
    assert model_server.open_streams == 0
    assert model_server.pieces_sent < 2000


def test_a_server_that_ignores_max_tokens(model_server: ModelServer) -> None:
    """Text beyond any honest reading of the limit ends as out of room."""
    model_server.answers = [ScriptedAnswer("word " * 200, times=10_000)]
    reply = ask(model_server, reply=64)
    assert reply.stop == "length"
    assert len(reply.text) < 64 * 16 + 100


def test_out_of_room(model_server: ModelServer) -> None:
    """A reply the server ended for length says so."""
    model_server.answers = [ScriptedAnswer("half of it", stop="length")]
    assert ask(model_server).stop == "length"


@pytest.mark.parametrize("kind", KINDS[:2])
@pytest.mark.parametrize(
    ("status", "later"),
    [(429, True), (500, True), (503, True), (529, True), (400, False), (401, False)],
)
def test_a_status_decides_whether_later_helps(
    model_server: ModelServer, kind: str, status: int, later: bool
) -> None:
    """429 and 5xx are worth another try, asked once each; a bad request or key is not."""
    model_server.answers = [ScriptedAnswer("not now", status=status, headers={"retry-after": "7"})]
    with pytest.raises(ModelError, match=f"HTTP {status}: not now") as wrong:
        ask(model_server, kind)
    assert wrong.value.retryable is later
    assert wrong.value.wait == 7 if later else True
    assert len(model_server.requests) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_half_a_stream_is_no_reply(model_server: ModelServer, kind: str) -> None:
    """A stream that breaks off is an error whose tokens are counted, never a short reply."""
    model_server.answers = [ScriptedAnswer("def f(): return", broken=True)]
    with pytest.raises(ModelError) as wrong:
        ask(model_server, kind)
    assert wrong.value.retryable
    assert wrong.value.tokens_out >= 4


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "body",
    [
        b"<html>hello</html>",
        b"data: {]\n\n",
        b'data: {"choices": 5, "type": 7}\n\n',
        b'data: {"choices": [{"delta": {"content": [1]}}], "type": "message_start"}\n\n',
        b"data: [1,2]\n\ndata: [DONE]\n\n",
        b"\xff\xfe\x00\x01",
        b"",
    ],
)
def test_garbage_is_no_reply(model_server: ModelServer, kind: str, body: bytes) -> None:
    """Whatever bytes a server sends, the worst they do is fail this call."""
    model_server.answers = [ScriptedAnswer(body=body)]
    with pytest.raises(ModelError):
        ask(model_server, kind)


def test_a_drip_ends_at_the_timeout(model_server: ModelServer) -> None:
    """A server that keeps the line open without answering ends when the tier's time is up."""
    model_server.answers = [ScriptedAnswer(drip=True)]
    began = time.monotonic()
    with pytest.raises(ModelError, match="within 1 s") as wrong:
        model(model_server, timeout=1).ask(Prompt("", "x"), calm)
    assert wrong.value.retryable
    assert time.monotonic() - began < 4


def test_nobody_listens() -> None:
    """A refused connection is worth another try; which server it was is said, without its user."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}/v1"
        named = url.replace("//", "//ann:word@") + "?key=word"
        settings = TierSettings(models=KINDS[:1], base_url=named)
        with pytest.raises(ModelError) as wrong:
            HostedModel(parse_spec(KINDS[0]), settings).ask(Prompt("", "x"), calm)
    assert wrong.value.retryable
    hint = "start that server, or mend the tier's base_url"
    assert wrong.value.why == f"no connection to {url}: {hint}"


@pytest.mark.parametrize("kind", KINDS[:2])
def test_the_key_is_sent_and_never_told(
    model_server: ModelServer, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key reaches the server and no error, also where the server echoes it."""
    monkeypatch.setenv("HOUSE_KEY", KEY)
    coded = base64.b64encode(KEY.encode()).decode()
    echo = f"bad key {KEY}, {coded}, {KEY[:16]}..."
    model_server.answers = [ScriptedAnswer(echo, status=401)]
    url = model_server.url.removesuffix("/v1") if "anthropic" in kind else model_server.url
    settings = TierSettings(models=(kind,), base_url=url, api_key_env="HOUSE_KEY")
    hosted = HostedModel(parse_spec(kind), settings)
    with pytest.raises(ModelError) as wrong:
        hosted.ask(Prompt("", "x"), calm)
    assert KEY in str(model_server.requests[0].headers)
    told = f"{wrong.value} {wrong.value.why} {hosted.name} {wrong.value.__cause__}"
    assert KEY[:12] not in told
    assert coded not in told
    assert "bad key" in told


def test_somebody_elses_key_stays_home(
    model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server of one's own with no api_key_env never sees the provider's key of this machine."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    ask(model_server)
    assert KEY not in str(model_server.requests[0].headers)


PROVIDERS = {
    "openai-chat:gpt": "OPENAI",
    "openai-responses:gpt": "OPENAI",
    "anthropic:x": "ANTHROPIC",
}


@pytest.fixture(params=PROVIDERS)
def by_variable(
    request: pytest.FixtureRequest, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> HostedModel:
    """A provider asked with the key of its own variable, as nothing is configured."""
    kind = str(request.param)
    which = PROVIDERS[kind]
    monkeypatch.setenv(f"{which}_API_KEY", KEY)
    url = model_server.url.removesuffix("/v1") if which == "ANTHROPIC" else model_server.url
    monkeypatch.setenv(f"{which}_BASE_URL", url)
    return HostedModel(parse_spec(kind), TierSettings(models=(kind,), timeout=20))


def test_the_providers_own_key_is_never_told(
    by_variable: HostedModel, model_server: ModelServer
) -> None:
    """A key taken from the provider's own variable is struck out of errors like a configured one."""
    model_server.answers = [ScriptedAnswer(f"bad key {KEY}, {KEY[:16]}...", status=401)]
    with pytest.raises(ModelError, match="bad key") as wrong:
        by_variable.ask(Prompt("", "x"), calm)
    assert KEY in str(model_server.requests[0].headers)
    assert KEY[:12] not in str(wrong.value)


def test_a_key_in_a_reply_is_struck_out(
    by_variable: HostedModel, model_server: ModelServer
) -> None:
    """A reply is kept, so a key that a server says in one is not; the rest stands as it was said."""
    coded = base64.b64encode(KEY.encode()).decode()
    model_server.answers = [ScriptedAnswer(f"x = 1  # {KEY[:9]}\n\ty = '{KEY}'\n{coded}\n")]
    assert by_variable.ask(Prompt("", "x"), calm).text == (
        f"x = 1  # {KEY[:9]}\n\ty = '[key]'\n[key]\n"
    )


def test_a_key_that_is_a_word_leaves_code_alone(
    model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key short enough to be a name in somebody's code is not taken out of a reply."""
    monkeypatch.setenv("HOUSE_KEY", "password")
    model_server.answers = [ScriptedAnswer("def login(password): ...")]
    settings = TierSettings(models=KINDS[:1], base_url=model_server.url, api_key_env="HOUSE_KEY")
    reply = HostedModel(parse_spec(KINDS[0]), settings).ask(Prompt("", "x"), calm)
    assert reply.text == "def login(password): ..."


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_can_always_be_written(model_server: ModelServer, kind: str) -> None:
    """Half a surrogate pair in a server's error does not reach the text it is told with."""
    model_server.answers = [
        ScriptedAnswer(status=401, body=b'{"error": {"message": "no \\ud800 entry"}}')
    ]
    with pytest.raises(ModelError, match=r"no \? entry") as wrong:
        ask(model_server, kind)
    assert str(wrong.value).encode()


def test_a_key_that_is_not_set() -> None:
    """A named variable with nothing in it is told when the tier is opened."""
    settings = TierSettings(models=KINDS[:1], api_key_env="HOUSE_KEY")
    with pytest.raises(UserError, match="HOUSE_KEY"):
        HostedModel(parse_spec(KINDS[0]), settings)


def test_no_key_at_all() -> None:
    """A provider asked with no key anywhere is the person's to mend, in words."""
    with pytest.raises(UserError, match="OPENAI_API_KEY"):
        HostedModel(parse_spec(KINDS[0]), TierSettings(models=KINDS[:1])).ask(Prompt("", "x"), calm)


def test_an_absent_extra_is_named() -> None:
    """A provider whose package is not installed says which pip extra brings it."""
    with pytest.raises(UserError, match="absent") as wrong:
        HostedModel(parse_spec("cohere:command"), TierSettings(models=("cohere:command",)))
    assert 'pip install "pydantic-ai-slim[cohere]"' in wrong.value.hint


def test_a_refusal_is_not_an_answer(model_server: ModelServer) -> None:
    """What a content filter stopped is an error that a retry does not mend."""
    model_server.answers = [ScriptedAnswer("I", stop="refused")]
    with pytest.raises(ModelError, match="content filter") as wrong:
        ask(model_server)
    assert not wrong.value.retryable


def test_a_watch_that_fails_is_ours(model_server: ModelServer) -> None:
    """An error in the watch is not taken for the server's."""

    def broken(_: str) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        model(model_server).ask(Prompt("", "x"), broken)
