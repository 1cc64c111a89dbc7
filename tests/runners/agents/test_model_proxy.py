"""The proxy before an agent's model: what it lets through, what it refuses, and what it counts."""

import http.server
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fake_models.server import ModelServer, ScriptedAnswer, serve_models
from fake_models.wire import TOKENS_IN, TOKENS_OUT
from support.agent_proxy import KEY, PATHS, AskedProxy, form_request, open_proxy, read_all

from bot.errors import UserError
from bot.models.agent_cli.agent import Wire
from bot.spending import SpendingCapError, Spent

POST = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
BODY = {"model": "scripted", "messages": [], "stream": True}


@pytest.fixture(scope="module")
def served() -> Iterator[ModelServer]:
    with serve_models() as server:
        yield server


@pytest.fixture
def model_server(served: ModelServer) -> ModelServer:
    """One for all of these, which begins each test anew."""
    served.requests.clear()
    served.answers = [ScriptedAnswer("hello")]
    return served


@pytest.fixture
def proxy(tmp_path: Path, model_server: ModelServer) -> Iterator[AskedProxy]:
    with open_proxy(tmp_path, model_server.url) as opened:
        yield opened


def status_of(said: bytes) -> int:
    return int(said.split(b" ", 2)[1])


@pytest.mark.parametrize("wire", list(PATHS))
@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_is_passed_on_and_counted(
    tmp_path: Path, model_server: ModelServer, wire: Wire, *, stream: bool
) -> None:
    """In each protocol, as a stream or whole, with what the server says that it took."""
    model_server.answers = [ScriptedAnswer("hello there", cached=1000)]
    with open_proxy(tmp_path, model_server.url, wire) as proxy:
        said = proxy.ask(stream=stream)
        assert status_of(said) == 200
        assert b"hello" in said
    account = proxy.account
    out = TOKENS_OUT if stream or wire != "messages" else 1
    assert (account.tokens_in, account.tokens_out) == (TOKENS_IN, out)
    assert account.cached == 1000
    assert proxy.meter.spent == [Spent(TOKENS_IN + out, 0.0, out)]


@pytest.mark.parametrize("wire", list(PATHS))
def test_the_key_is_added_outside(tmp_path: Path, model_server: ModelServer, wire: Wire) -> None:
    """What the sandbox sends as a key goes nowhere, nor do its cookies and other headers."""
    sent = (
        "Authorization: Bearer dummy\r\nX-Api-Key: dummy\r\nCookie: a=b\r\nX-Forwarded-For: y\r\n"
    )
    with open_proxy(tmp_path, model_server.url, wire) as proxy:
        proxy.ask(headers=sent)
    headers = model_server.requests[0].headers
    assert "dummy" not in str(headers)
    assert not {"cookie", "x-forwarded-for"} & headers.keys()
    named = headers["x-api-key"] if wire == "messages" else headers["authorization"]
    assert named.removeprefix("Bearer ") == KEY


def test_the_key_is_in_no_answer(proxy: AskedProxy, model_server: ModelServer) -> None:
    """Also where the server repeats it, in an answer or in what it says is wrong."""
    for answer in (
        ScriptedAnswer(body=f"data: {KEY}\n\n".encode()),
        ScriptedAnswer(f"bad key {KEY}", status=401),
    ):
        model_server.answers = [answer]
        assert KEY.encode() not in proxy.ask()


@pytest.mark.parametrize(
    "head",
    [
        "GET /v1/files",
        "POST /v1/files",
        "POST /v1/messages",
        "POST /v1/chat/completions/../files",
        "POST /v1/chat/completions?x=http://evil",
        "POST //evil.example/v1/chat/completions",
        "POST http://evil.example/v1/chat/completions",
        "POST http://169.254.169.254/latest/meta-data",
        "POST /v1/chat%2fcompletions",
        "DELETE /v1/models/scripted",
        "PUT /v1/chat/completions",
        "CONNECT evil.example:443",
    ],
)
def test_nothing_but_the_endpoint_is_reached(
    proxy: AskedProxy, model_server: ModelServer, head: str
) -> None:
    """Another path, another host, another method: the server hears of none."""
    said = proxy.say(
        f"{head} HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    )
    assert status_of(said) in {400, 403}
    assert model_server.requests == []
    assert proxy.meter.begun == 0


def test_the_list_of_models_is_the_one_model(proxy: AskedProxy, model_server: ModelServer) -> None:
    """It is told by the proxy itself."""
    model_server.listed = [{"id": "secret-model"}]
    said = proxy.say(b"GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b'"scripted"' in said
    assert b"secret" not in said


@pytest.mark.parametrize("model", ["gpt-huge", "", None, ["scripted"], {"a": 1}])
def test_another_model_is_refused(
    proxy: AskedProxy, model_server: ModelServer, model: object
) -> None:
    assert status_of(proxy.ask(model=model)) == 403
    assert model_server.requests == []


@pytest.mark.parametrize(
    ("wire", "more"),
    [
        ("messages", {"mcp_servers": [{"type": "url", "url": "https://evil.example"}]}),
        ("messages", {"tools": [{"type": "web_fetch_20250910", "name": "web_fetch"}]}),
        ("messages", {"tools": [{"type": "web_search_20250305", "name": "web_search"}]}),
        ("messages", {"tools": [{"type": "code_execution_20250825", "name": "x"}]}),
        ("messages", {"container": "c"}),
        (
            "messages",
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [
                            {
                                "type": "image",
                                "source": {"type": "url", "url": "https://evil.example/?q=secret"},
                            }
                        ],
                    }
                ]
            },
        ),
        ("responses", {"tools": [{"type": "mcp", "server_url": "https://evil.example"}]}),
        ("responses", {"tools": [{"type": "web_search"}]}),
        ("responses", {"tools": [{"type": "shell", "environment": {"type": "container_auto"}}]}),
        ("responses", {"tools": [{"type": "namespace", "tools": [{"type": "web_search"}]}]}),
        ("responses", {"tools": ["web_search"]}),
        ("responses", {"tools": {"type": "web_search"}}),
        ("responses", {"previous_response_id": "resp_of_another"}),
        ("responses", {"background": True}),
        (
            "responses",
            {
                "input": [
                    {
                        "role": "user",
                        "content": [
                            {"type": "input_image", "image_url": "https://evil.example/?q=secret"}
                        ],
                    }
                ]
            },
        ),
        (
            "responses",
            {"input": [{"content": [{"type": "input_file", "file_url": "https://evil.example"}]}]},
        ),
        ("chat", {"web_search_options": {"x": 1}}),
        (
            "chat",
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [
                            {"type": "image_url", "image_url": {"url": "http://169.254.169.254/"}}
                        ],
                    }
                ]
            },
        ),
    ],
)
def test_nothing_is_done_by_the_provider(
    tmp_path: Path, model_server: ModelServer, wire: Wire, more: dict[str, Any]
) -> None:
    """A provider that fetches, searches or runs for whoever asks would be a way out."""
    with open_proxy(tmp_path, model_server.url, wire) as proxy:
        assert status_of(proxy.ask(**more)) == 403
    assert model_server.requests == []


def test_own_tools_and_images_within_are_passed_on(
    tmp_path: Path, model_server: ModelServer
) -> None:
    """What the agent does itself is its own."""
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    tools = [{"type": "function", "function": {"name": "bash", "parameters": {}}}]
    with open_proxy(tmp_path, model_server.url) as proxy:
        said = proxy.ask(tools=tools, messages=[{"role": "user", "content": [image]}])
    assert status_of(said) == 200


def test_an_answer_has_no_more_room_than_the_tier(
    proxy: AskedProxy, model_server: ModelServer
) -> None:
    """Nor is one asked for several times, at a dearer rate, of another model or server."""
    others = {"n": 100, "service_tier": "priority", "models": ["huge"], "api_base": "http://evil"}
    proxy.ask(max_tokens=10**9, store=True, **others)
    proxy.ask()
    bodies = [asked.body for asked in model_server.requests]
    assert [body["max_tokens"] for body in bodies] == [4096, 4096]
    assert not others.keys() & bodies[0].keys()
    assert bodies[0]["store"] is False


@pytest.mark.parametrize(
    "sent",
    [
        # Two lengths, which two readers could read as two requests:
        # https://portswigger.net/web-security/request-smuggling
        POST
        + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nPOST /x HTTP/1.1\r\n\r\n",
        POST + b"Content-Length: 4\r\nContent-Length: 400\r\n\r\n{}  ",
        POST + b"Transfer-Encoding: xchunked\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: -1\r\n\r\n",
        b"POST /v1/chat/completions HTTP/1.0\r\n\r\n",
        POST + b"Upgrade: websocket\r\nConnection: upgrade\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /v1/chat/completions HTTP/1.1\nHost: x\n\nX: \0\n\n",
        b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + b"\0" * 200,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET " + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_a_request_that_could_be_two_is_refused(
    proxy: AskedProxy, model_server: ModelServer, sent: bytes
) -> None:
    said = proxy.say(sent)
    assert not said or 400 <= status_of(said) <= 501
    assert model_server.requests == []


def test_a_second_request_on_a_connection_is_not_read(
    proxy: AskedProxy, model_server: ModelServer
) -> None:
    """Pipelined behind a good one it is dropped with the connection."""
    one = form_request(BODY, PATHS["chat"])
    said = proxy.say(one + one.replace(b'"scripted"', b'"gpt-huge"') + one)
    assert said.count(b"HTTP/1.1 ") == 1
    assert len(model_server.requests) == 1


@pytest.mark.parametrize(
    "data", [b"[1]", b"nothing", b"[" * 200_000, b'{"model": NaN}', b"\xff\xfe", b"1" * 5000]
)
def test_a_body_that_is_no_request_is_refused(proxy: AskedProxy, data: bytes) -> None:
    head = f"POST {PATHS['chat']} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n\r\n"
    assert status_of(proxy.say(head.encode() + data)) == 400


def test_half_a_surrogate_pair_is_passed_on_as_it_was(
    proxy: AskedProxy, model_server: ModelServer
) -> None:
    """JSON may hold one, and no UTF-8 can."""
    said = proxy.ask(messages=[{"role": "user", "content": "\ud800"}])
    assert status_of(said) == 200
    assert model_server.requests[0].body["messages"][0]["content"] == "\ud800"


def test_a_huge_body_is_refused_before_it_is_read(
    proxy: AskedProxy, model_server: ModelServer
) -> None:
    """By the length that it names, and by what comes where it names none."""
    head = f"POST {PATHS['chat']} HTTP/1.1\r\nHost: x\r\n"
    assert status_of(proxy.say(f"{head}Content-Length: {1 << 40}\r\n\r\n".encode())) == 413
    chunk = b"100000\r\n" + b"a" * (1 << 20) + b"\r\n"
    said = proxy.say(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunk * 12)
    assert not said or status_of(said) == 413
    assert model_server.requests == []


def test_more_connections_than_a_cli_makes_are_closed(proxy: AskedProxy) -> None:
    """Those that say nothing hold no more of them than there are, and the attempt's end ends them."""
    held = [proxy.connect() for _ in range(8)]
    more = proxy.connect()
    assert read_all(more) == b""
    for each in (*held, more):
        each.close()


def test_at_the_limit_no_call_is_made(tmp_path: Path, model_server: ModelServer) -> None:
    """The one that reached it is the last; the attempt is to stop, and says at what."""
    with open_proxy(tmp_path, model_server.url, most=1000) as proxy:
        assert status_of(proxy.ask()) == 200
        said = proxy.ask()
    assert status_of(said) == 403
    assert b"its limit of 1,000 tokens" in said
    assert proxy.account.should_stop()
    assert len(model_server.requests) == 1


def test_an_answer_counts_before_it_is_entered(
    tmp_path: Path, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A CLI has read all of an answer a moment before its end is written down, and asks again."""
    with open_proxy(tmp_path, model_server.url, most=1000) as proxy:
        is_entered = threading.Event()
        monkeypatch.setattr(proxy.meter, "end_call", lambda *_: is_entered.wait(20))
        with proxy.connect() as client:
            client.sendall(form_request(BODY, PATHS["chat"]))
            said = b""
            while b"[DONE]" not in said:
                said += client.recv(1 << 16)
            assert b"its limit of 1,000 tokens" in proxy.ask()
            is_entered.set()
    assert len(model_server.requests) == 1


def test_a_cap_ends_the_attempt(proxy: AskedProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs it raises what the cap said."""
    cap = SpendingCapError("the cap of the day is reached")

    def refuse(*_: object) -> int:
        raise cap

    monkeypatch.setattr(proxy.meter, "begin_call", refuse)
    said = proxy.ask()
    assert status_of(said) == 403
    assert b"cap of the day" in said
    assert proxy.account.error is cap
    assert proxy.account.should_stop()


def test_a_machine_that_fails_meanwhile_ends_the_attempt(
    proxy: AskedProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that is away is no answer of the model's."""
    away = UserError("the database is away")

    def fail(*_: object) -> int:
        raise away

    monkeypatch.setattr(proxy.meter, "begin_call", fail)
    assert proxy.ask() == b""
    assert proxy.account.broken is away
    assert proxy.account.should_stop()


@pytest.mark.parametrize(
    ("status", "cause", "ends"),
    [
        (401, "settings", True),
        (404, "settings", True),
        (500, "outage", False),
        (429, "outage", False),
    ],
)
def test_a_server_that_refuses_is_at_fault(
    proxy: AskedProxy, model_server: ModelServer, status: int, cause: str, *, ends: bool
) -> None:
    """A key or a model that it does not know ends the attempt at once; trouble may pass."""
    model_server.answers = [ScriptedAnswer("no", status=status)]
    proxy.ask()
    account = proxy.account
    assert account.fault is not None
    assert account.fault.cause == cause
    assert account.should_stop() is ends
    assert proxy.meter.spent == [Spent()]
    for _ in range(3):
        proxy.ask()
    assert account.should_stop()


def test_trouble_that_passes_leaves_no_fault(proxy: AskedProxy, model_server: ModelServer) -> None:
    model_server.answers = [ScriptedAnswer("no", status=503), ScriptedAnswer("hello")]
    proxy.ask()
    proxy.ask()
    assert proxy.account.fault is None
    assert not proxy.account.should_stop()


def test_a_refusal_for_a_moment_is_none_of_the_agents(
    tmp_path: Path, model_server: ModelServer
) -> None:
    """The proxy asks again, as often as the tier says: some CLIs give up at the first one."""
    model_server.answers = [ScriptedAnswer("slow down", status=429), ScriptedAnswer("hello")]
    with open_proxy(tmp_path, model_server.url, retries=1) as proxy:
        said = proxy.ask()
    assert status_of(said) == 200
    assert len(model_server.requests) == 2
    assert len(proxy.meter.spent) == 1


def test_a_bad_request_is_the_agents_own(proxy: AskedProxy, model_server: ModelServer) -> None:
    """Once the server has answered, what it calls bad says nothing of the machine."""
    model_server.answers = [ScriptedAnswer("ok"), ScriptedAnswer("no models loaded", status=400)]
    proxy.ask()
    assert status_of(proxy.ask()) == 400
    assert proxy.account.fault is None


def test_a_stream_that_breaks_off_is_counted(proxy: AskedProxy, model_server: ModelServer) -> None:
    """By its pieces and the length of the request, as nobody says what it took."""
    model_server.answers = [ScriptedAnswer("some words here", times=20, broken=True, usage=False)]
    proxy.ask(messages=[{"role": "user", "content": "word " * 1000}])
    assert proxy.account.tokens_in >= 1000
    assert proxy.account.tokens_out > 20


def test_who_hangs_up_pays_for_what_was_asked(tmp_path: Path, model_server: ModelServer) -> None:
    """The call is entered, and the server hears that nobody waits: also while it says nothing."""
    model_server.answers = [ScriptedAnswer(drip=True)]
    with open_proxy(tmp_path, model_server.url) as proxy:
        client = proxy.connect()
        client.sendall(form_request(BODY, PATHS["chat"]))
        wait_until(lambda: model_server.open_streams == 1)
        client.close()
        began = time.monotonic()
    assert time.monotonic() - began < 5
    wait_until(lambda: model_server.open_streams == 0)
    assert len(proxy.meter.spent) == 1
    assert proxy.account.tokens > 0
    assert proxy.account.fault is None


@contextmanager
def serve_raw(answer: bytes) -> Iterator[str]:
    """A server that answers every request with these bytes."""
    asked: list[str] = []

    class Raw(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers["content-length"]))
            self.wfile.write(answer)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Raw)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()


def test_no_redirect_is_followed(tmp_path: Path, model_server: ModelServer) -> None:
    """The server it leads to hears nothing, least of all the key."""
    to = f"{model_server.url}/chat/completions"
    moved = f"HTTP/1.1 307 Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()
    with serve_raw(moved) as url, open_proxy(tmp_path, url) as proxy:
        assert to.encode() not in proxy.ask()
    assert proxy.account.fault is not None
    assert "redirect" in proxy.account.fault.why
    assert model_server.requests == []


def test_no_header_of_the_server_comes_through(tmp_path: Path) -> None:
    answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=secret\r\nX-Internal: host7\r\n\r\n{}"
    with serve_raw(answer) as url, open_proxy(tmp_path, url) as proxy:
        said = proxy.ask()
    assert status_of(said) == 200
    assert b"secret" not in said
    assert b"host7" not in said


def test_a_server_that_nobody_reaches_is_told_so(tmp_path: Path) -> None:
    with open_proxy(tmp_path, "http://127.0.0.1:9/v1") as proxy:
        assert status_of(proxy.ask()) == 503
    assert proxy.account.fault is not None
    assert proxy.account.fault.cause == "unreached"


def wait_until(is_so: Callable[[], bool], seconds: float = 10.0) -> None:
    pause, deadline = threading.Event(), time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        pause.wait(0.01)
