import base64
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from fake_models.server import ModelServer, ScriptedAnswer
from fake_models.wire import TOKENS_IN, TOKENS_OUT

from bot.config.tiers import TierSettings
from bot.errors import UserError
from bot.ledger_sums import compute_cost
from bot.models.hosted import HostedModel
from bot.models.hosted_wire import EventFilter
from bot.models.model import ModelError, Prompt, Reply
from bot.models.spec import parse_spec
from bot.models.token_estimate import MAX_TOKEN_COUNT, estimate_tokens

KINDS = ("openai-chat:scripted", "anthropic:scripted", "openai-responses:scripted")
CHUNK = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
KEY = "sk-very-secret-0123456789"


def keep_going(_: str) -> str:
    return ""


def model(server: ModelServer, kind: str = KINDS[0], *, timeout: float = 60) -> HostedModel:
    url = server.url.removesuffix("/v1") if kind.startswith("anthropic") else server.url
    return HostedModel(
        parse_spec(kind), TierSettings(models=(kind,), base_url=url, timeout=timeout)
    )


def ask(server: ModelServer, kind: str = KINDS[0], **fields: object) -> Reply:
    prompt = Prompt("You build.", "Say hello.", **fields)  # type: ignore[arg-type]
    return model(server, kind).ask(prompt, keep_going)


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
    """Seed and stop words go out; a grammar goes to a base_url."""
    ask(model_server, seed=7, stop=("<<END>>",), grammar='root ::= "x"')
    body = model_server.requests[0].body
    assert (body["seed"], body["stop"], body["grammar"]) == (7, ["<<END>>"], 'root ::= "x"')


@pytest.mark.parametrize("kind", KINDS[:2])
def test_without_usage_tokens_are_estimated(model_server: ModelServer, kind: str) -> None:
    """A call to a server that sends no usage is counted by estimate."""
    model_server.answers = [ScriptedAnswer("one two three four", usage=False)]
    reply = ask(model_server, kind)
    assert reply.tokens_out >= 4
    assert reply.tokens_in > 4


@pytest.mark.parametrize("count", ["1" + "0" * 400, "1e300", "-5", "12.5", "true", '"7"', "null"])
def test_an_impossible_count(model_server: ModelServer, count: str) -> None:
    """Whatever a server claims to have counted, the reply's counts are whole and have a price."""
    model_server.answers = [ScriptedAnswer(body=chat_with_usage(count))]
    reply = ask(model_server)
    counts = (reply.tokens_in, reply.tokens_out, reply.tokens_cached)
    assert all(type(count) is int and 0 <= count <= MAX_TOKEN_COUNT for count in counts)
    assert compute_cost(reply.tokens_in, reply.tokens_out, price_in=2, price_out=8) > 0


def chat_with_usage(count: str) -> bytes:
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "scripted"}
    choice = {"index": 0, "delta": {"content": "hi there"}, "finish_reason": "stop"}
    usage = dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), 0)
    events = ({**head, "choices": [choice]}, {**head, "choices": [], "usage": usage})
    text = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
    return (text.replace('_tokens": 0', f'_tokens": {count}') + "data: [DONE]\n\n").encode()


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_closes_the_stream(model_server: ModelServer, kind: str) -> None:
    """The watch ends a runaway reply, its tokens are counted, and the connection is closed."""
    model_server.answers = [ScriptedAnswer("again ", times=100_000, pause=0.001)]
    reply = model(model_server, kind).ask(
        Prompt("", "x", reply=100_000), lambda text: "loop" if text.count("again") > 20 else ""
    )
    assert (reply.stop, reply.cut_why) == ("cut", "loop")
    assert reply.tokens_out >= estimate_tokens(reply.text) > 20
    deadline = time.monotonic() + 10
    while model_server.open_streams and time.monotonic() < deadline:
        time.sleep(0.01)
    assert model_server.open_streams == 0
    assert model_server.pieces_sent < 2000


def test_a_server_that_ignores_max_tokens(model_server: ModelServer) -> None:
    """A reply far beyond the limit is ended there, and its stop is `length`."""
    model_server.answers = [ScriptedAnswer("word " * 200, times=10_000)]
    reply = ask(model_server, reply=64)
    assert reply.stop == "length"
    assert len(reply.text) < 64 * 16 + 100


def test_a_reply_that_reached_the_limit(model_server: ModelServer) -> None:
    """A reply the server ended for length has the stop `length`."""
    model_server.answers = [ScriptedAnswer("half of it", stop="length")]
    assert ask(model_server).stop == "length"


@pytest.mark.parametrize("kind", KINDS[:2])
@pytest.mark.parametrize(
    ("status", "retryable"),
    [(429, True), (500, True), (503, True), (529, True), (400, False), (401, False)],
)
def test_a_status_decides_whether_to_retry(
    model_server: ModelServer, kind: str, status: int, retryable: bool
) -> None:
    """429 and 5xx are worth another try, asked once each; a bad request or key is not."""
    model_server.answers = [ScriptedAnswer("not now", status=status, headers={"retry-after": "7"})]
    with pytest.raises(ModelError, match=f"HTTP {status}: not now") as raised:
        ask(model_server, kind)
    assert raised.value.retryable is retryable
    assert raised.value.wait == 7 if retryable else True
    assert len(model_server.requests) == 1


@pytest.mark.parametrize(
    ("status", "body", "cause", "wait"),
    [
        (429, {"message": "Please try again in 7m59.3s", "type": "tokens"}, "outage", 480),
        (429, {"type": "usage_limit_reached", "resets_in_seconds": 9000}, "outage", 9000),
        (429, {"message": "slow down", "details": [{"retryDelay": "34s"}]}, "outage", 34),
        (429, {"message": "You exceeded it", "code": "insufficient_quota"}, "settings", 0),
        (400, {"message": "Your credit balance is too low to access it"}, "settings", 0),
        (503, {"message": "Loading model", "type": "unavailable_error"}, "outage", 0),
    ],
)
def test_a_servers_words_say_until_when_and_whether_waiting_helps(
    model_server: ModelServer, status: int, body: dict[str, object], cause: str, wait: float
) -> None:
    """Without a Retry-After; an account without money does not get any by waiting."""
    whole = json.dumps({"error": body}).encode()
    model_server.answers = [ScriptedAnswer(body=whole, status=status)]
    with pytest.raises(ModelError) as raised:
        ask(model_server)
    assert (raised.value.cause, raised.value.wait) == (cause, wait)
    assert raised.value.retryable == (cause == "outage")


@pytest.mark.parametrize("kind", KINDS)
def test_half_a_stream_is_no_reply(model_server: ModelServer, kind: str) -> None:
    """A stream that breaks off is an error whose tokens are counted, never a short reply."""
    model_server.answers = [ScriptedAnswer("def f(): return", broken=True)]
    with pytest.raises(ModelError) as raised:
        ask(model_server, kind)
    assert raised.value.retryable
    assert raised.value.tokens_out >= 4


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
    """Whatever bytes a server sends, they fail this call and nothing else."""
    model_server.answers = [ScriptedAnswer(body=body)]
    with pytest.raises(ModelError):
        ask(model_server, kind)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_events_without_data_are_passed_over(model_server: ModelServer, end: str) -> None:
    """A retry time, an id, a ping or a comment alone is no message: the answer is what is left."""
    chunks = [
        {"choices": [{"index": 0, "delta": {"content": "hel"}, "finish_reason": None}]},
        {"choices": [{"index": 0, "delta": {"content": "lo"}, "finish_reason": "stop"}]},
    ]
    said = [f"data: {json.dumps({**chunk, **CHUNK})}" for chunk in chunks]
    blocks = [": ping", "retry: 3000", "id: 3", "event: ping", said[0], ": ping", said[1]]
    body = "".join(block + 2 * end for block in [*blocks, "data: [DONE]"])
    model_server.answers = [ScriptedAnswer(body=body.encode())]
    assert ask(model_server).text == "hello"


def test_events_are_told_apart_wherever_the_network_cuts_them() -> None:
    """All that has data comes out as it went in, also where it is never ended."""
    sent = b": a\n\ndata: 1\n\nretry: 5\r\n\r\nid: 2\r\ndata: 2\r\n\r\nevent: x\n\ndata: 3"
    for size in range(1, len(sent)):
        events = EventFilter()
        passed = [events.add(sent[at : at + size]) for at in range(0, len(sent), size)]
        assert b"".join([*passed, events.end()]) == (b"data: 1\n\nid: 2\r\ndata: 2\r\n\r\ndata: 3")


@pytest.mark.slow
def test_a_slow_server_ends_at_the_timeout(model_server: ModelServer) -> None:
    """A call to a server that keeps the connection open without an answer ends at the tier's timeout."""
    model_server.answers = [ScriptedAnswer(drip=True)]
    began = time.monotonic()
    with pytest.raises(ModelError, match="within 1 s") as raised:
        model(model_server, timeout=1).ask(Prompt("", "x"), keep_going)
    assert raised.value.retryable
    assert raised.value.unmeasured, "what it thought meanwhile nobody has seen"
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("kind", KINDS)
def test_of_a_refusal_without_end_the_beginning_is_read(kind: str) -> None:
    """A server that sends an error's body for ever fills no memory."""
    with serve_endless_error() as server:
        with pytest.raises(ModelError, match="HTTP 500"):
            model(server, kind, timeout=20).ask(Prompt("", "x"), keep_going)
        assert server.pieces_sent < 500


@contextmanager
def serve_endless_error() -> Iterator[ModelServer]:
    """It counts pieces of 64 KiB, and gives up after a thousand."""
    told = ModelServer()

    class Endless(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(500)
            self.end_headers()
            with suppress(OSError):
                for told.pieces_sent in range(1000):
                    self.wfile.write(b"x" * 65536)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Endless) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        told.url = f"http://127.0.0.1:{server.server_port}/v1"
        yield told
        server.shutdown()


def test_a_refused_connection() -> None:
    """A refused connection is worth another try; the error names the server without its user."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}/v1"
        named = url.replace("//", "//ann:word@") + "?key=word"
        settings = TierSettings(models=KINDS[:1], base_url=named)
        with pytest.raises(ModelError) as raised:
            HostedModel(parse_spec(KINDS[0]), settings).ask(Prompt("", "x"), keep_going)
    assert raised.value.retryable
    hint = "start that server, or fix the tier's base_url"
    assert raised.value.why == f"no connection to {url}: {hint}"


@pytest.mark.parametrize("kind", KINDS[:2])
def test_the_key_is_sent_and_never_shown(
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
    with pytest.raises(ModelError) as raised:
        hosted.ask(Prompt("", "x"), keep_going)
    assert KEY in str(model_server.requests[0].headers)
    shown = f"{raised.value} {raised.value.why} {hosted.name} {raised.value.__cause__}"
    assert KEY[:12] not in shown
    assert coded not in shown
    assert "bad key" in shown


def test_a_providers_key_is_not_sent_to_a_base_url(
    model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A base_url without api_key_env never gets the provider's own key of this machine."""
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


def test_the_providers_own_key_is_never_shown(
    by_variable: HostedModel, model_server: ModelServer
) -> None:
    """A key taken from the provider's own variable is taken out of errors like a configured one."""
    model_server.answers = [ScriptedAnswer(f"bad key {KEY}, {KEY[:16]}...", status=401)]
    with pytest.raises(ModelError, match="bad key") as raised:
        by_variable.ask(Prompt("", "x"), keep_going)
    assert KEY in str(model_server.requests[0].headers)
    assert KEY[:12] not in str(raised.value)


def test_a_key_in_a_reply_is_redacted(by_variable: HostedModel, model_server: ModelServer) -> None:
    """A reply is kept, so a key that a server writes into one is taken out, and nothing else is."""
    coded = base64.b64encode(KEY.encode()).decode()
    model_server.answers = [ScriptedAnswer(f"x = 1  # {KEY[:9]}\n\ty = '{KEY}'\n{coded}\n")]
    assert by_variable.ask(Prompt("", "x"), keep_going).text == (
        f"x = 1  # {KEY[:9]}\n\ty = '[key]'\n[key]\n"
    )


def test_a_key_that_is_a_word_leaves_code_alone(
    model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key short enough to be a name in somebody's code is not taken out of a reply."""
    monkeypatch.setenv("HOUSE_KEY", "password")
    model_server.answers = [ScriptedAnswer("def login(password): ...")]
    settings = TierSettings(models=KINDS[:1], base_url=model_server.url, api_key_env="HOUSE_KEY")
    reply = HostedModel(parse_spec(KINDS[0]), settings).ask(Prompt("", "x"), keep_going)
    assert reply.text == "def login(password): ..."


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_can_always_be_written(model_server: ModelServer, kind: str) -> None:
    """Half a surrogate pair in a server's error does not reach the message."""
    model_server.answers = [
        ScriptedAnswer(status=401, body=b'{"error": {"message": "no \\ud800 entry"}}')
    ]
    with pytest.raises(ModelError, match=r"no \? entry") as raised:
        ask(model_server, kind)
    assert str(raised.value).encode()


def test_a_key_that_is_not_set() -> None:
    """A variable that is named and not set is an error when the tier is opened."""
    settings = TierSettings(models=KINDS[:1], api_key_env="HOUSE_KEY")
    with pytest.raises(UserError, match="HOUSE_KEY"):
        HostedModel(parse_spec(KINDS[0]), settings)


def test_no_key_at_all() -> None:
    """A provider without any key is a UserError that names the variable to set."""
    with pytest.raises(UserError, match="OPENAI_API_KEY"):
        HostedModel(parse_spec(KINDS[0]), TierSettings(models=KINDS[:1])).ask(
            Prompt("", "x"), keep_going
        )


def test_an_absent_extra_is_named() -> None:
    """A provider whose package is not installed says which pip extra brings it."""
    with pytest.raises(UserError, match="absent") as raised:
        HostedModel(parse_spec("cohere:command"), TierSettings(models=("cohere:command",)))
    assert 'pip install "pydantic-ai-slim[cohere]"' in raised.value.hint


def test_a_refusal_is_not_an_answer(model_server: ModelServer) -> None:
    """What a content filter stopped is an error that a retry does not help."""
    model_server.answers = [ScriptedAnswer("I", stop="refused")]
    with pytest.raises(ModelError, match="content filter") as raised:
        ask(model_server)
    assert not raised.value.retryable


def test_an_error_of_the_watch_is_passed_on(model_server: ModelServer) -> None:
    """An error in the watch is not taken for the server's."""

    def broken(_: str) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        model(model_server).ask(Prompt("", "x"), broken)


@pytest.mark.parametrize(("tokens", "budget"), [(1500, 1024), (4096, 2048), (12_000, 10_000)])
def test_a_provider_is_asked_to_think_within_the_room(
    model_server: ModelServer, tokens: int, budget: int
) -> None:
    """Its own budget is below the tier's, and the temperature that it allows no other of stays out."""
    url = model_server.url.removesuffix("/v1")
    settings = TierSettings(models=KINDS[1:2], base_url=url, context=65_536, thinking=tokens)
    hosted = HostedModel(parse_spec("anthropic:claude-sonnet-4-5"), settings)
    hosted.ask(Prompt("", "x", reply=2048 + tokens, thinking=tokens), keep_going)
    hosted.ask(Prompt("", "x", reply=2048 + tokens), keep_going)
    thinks, answers = (request.body for request in model_server.requests)
    assert thinks["thinking"] == {"type": "enabled", "budget_tokens": budget}
    assert "temperature" not in thinks
    assert "thinking" not in answers
    assert answers["temperature"] == 0.2


def test_a_server_that_refuses_whatever_it_is_sent(model_server: ModelServer) -> None:
    """Each key is left out once; then its error is told."""
    model_server.answers = [ScriptedAnswer("temperature, top_p and seed are wrong", status=400)]
    with pytest.raises(ModelError, match="HTTP 400: temperature, top_p and seed are wrong"):
        ask(model_server)
    bodies = [request.body for request in model_server.requests]
    assert 1 < len(bodies) < 6
    assert not {"temperature", "top_p", "seed"} & bodies[-1].keys()


@pytest.mark.parametrize("kind", ["openai-chat:m", "ollama:m", "vllm:m"])
def test_a_server_of_ones_own_gets_the_limit_under_the_name_that_all_know(
    model_server: ModelServer, kind: str
) -> None:
    """Ollama, LM Studio and others pass over the newer `max_completion_tokens`."""
    ask(model_server, kind, reply=99)
    body = model_server.requests[0].body
    assert (body["max_tokens"], body.get("max_completion_tokens")) == (99, None)
