"""Who holds connections without a whole request on them keeps nobody out."""

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass

import pytest
import uvicorn

from handlers import http_connections
from handlers.http_connections import ImpatientProtocol, RareLines
from handlers.webhook import Inbox, make_app

HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
HEAD = b"POST /webhook HTTP/1.1\r\nHost: x\r\n"
MAX = 20


@dataclass
class Served:
    port: int

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def ask(self, request: bytes) -> bytes:
        """All that is answered until the server ends the connection, or has answered once."""
        with closing(self.connect()) as there:
            there.sendall(request)
            return there.recv(65536)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(http_connections, "REQUEST_SECONDS", 0.5)
    monkeypatch.setattr(http_connections, "ANSWER_SECONDS", 0.5)
    app = make_app("secret", Inbox(lambda _: None, lambda: None))

    @app.get("/stuck")
    async def stuck() -> None:
        await asyncio.sleep(1000)

    config = uvicorn.Config(
        app, log_level="critical", limit_concurrency=MAX, http=ImpatientProtocol, lifespan="off"
    )
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0), backlog=1000)
    running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    running.start()
    yield Served(listening.getsockname()[1])
    server.should_exit = server.force_exit = True
    running.join(20)
    listening.close()


def wait_until_dropped(there: socket.socket, drip: bytes = b"") -> float:
    """Seconds until the other side has ended it, though `drip` is sent every now and then."""
    began = time.monotonic()
    there.settimeout(0.1)
    while time.monotonic() - began < 20:
        try:
            if drip:
                there.sendall(drip)
            if not there.recv(65536):
                return time.monotonic() - began
        except TimeoutError:
            continue
        except OSError:
            return time.monotonic() - began
    return 20


@pytest.mark.parametrize(
    ("first", "drip"),
    [
        (b"", b""),
        (b"", b"G"),
        (HEALTH, b""),
        (HEALTH[:-2], b"A: b\r\n"),
        (HEAD + b"Content-Length: 1000000\r\n\r\n", b"x"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (HEALTH[:-2] + b"Content-Length: 1000000\r\n\r\n", b"x"),
        (b"GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n", b""),
    ],
)
@pytest.mark.slow
def test_a_connection_without_a_whole_request_ends(
    served: Served, first: bytes, drip: bytes
) -> None:
    """Silent; head, body or what follows an answer bit by bit; an answer that never comes."""
    with closing(served.connect()) as there:
        there.sendall(first)
        assert wait_until_dropped(there, drip) < 8


def test_many_silent_connections_keep_nobody_out(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each that comes takes the place of the one that has been silent longest."""
    monkeypatch.setattr(http_connections, "REQUEST_SECONDS", 100.0)
    with ExitStack() as stack:
        for _ in range(3 * MAX):
            stack.enter_context(closing(served.connect()))
        assert b" 200 " in served.ask(HEALTH)
        assert b" 401 " in served.ask(HEAD + b"Content-Length: 2\r\n\r\n{}")


@pytest.mark.parametrize(
    "lengths",
    [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 0\r\n",
        "Content-Length: 4\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Content-Length: 4,5\r\n",
        "Content-Length: +4\r\n",
        "Content-Length: -4\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Content-Length: 4\r\n Transfer-Encoding: chunked\r\n",
    ],
)
def test_a_request_whose_end_is_ambiguous_is_refused(served: Served, lengths: str) -> None:
    """And nothing that follows on the connection is taken for a second request."""
    smuggled = HEAD + lengths.encode() + b"\r\n0\r\n\r\n" + HEALTH
    with closing(served.connect()) as there:
        there.sendall(smuggled)
        answers = b""
        while part := _receive(there):
            answers += part
    assert answers.count(b"HTTP/1.1 ") <= 1
    assert b" 200 " not in answers
    assert not answers or answers.startswith((b"HTTP/1.1 400", b"HTTP/1.1 501"))


def test_the_older_protocol_has_no_chunks(served: Served) -> None:
    old = HEAD.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert b" 400 " in served.ask(old)


@pytest.mark.slow
def test_who_asks_again_and_again_on_one_connection_is_answered(served: Served) -> None:
    """Longer than a single request may take."""
    with closing(served.connect()) as there:
        began = time.monotonic()
        while time.monotonic() - began < 1.0:
            there.sendall(HEALTH)
            answer = b""
            while b"ok" not in answer:
                part = there.recv(65536)
                assert part, "the connection was ended"
                answer += part


def _receive(there: socket.socket) -> bytes:
    try:
        return there.recv(65536)
    except OSError:
        return b""


def test_a_flood_of_malformed_requests_is_a_line_a_minute(served: Served) -> None:
    """Anybody may send them as fast as they like: what is written of them has an end."""
    told: list[str] = []
    now = [0.0]
    log, handler, rare = (
        logging.getLogger("uvicorn.error"),
        logging.Handler(),
        RareLines(lambda: now[0]),
    )
    handler.emit = lambda record: told.append(record.getMessage())  # type: ignore[method-assign]
    log.addFilter(rare)
    log.addHandler(handler)
    before = log.level
    log.setLevel(logging.WARNING)
    try:
        for _ in range(20):
            assert served.ask(b"no request\r\n\r\n").startswith(b"HTTP/1.1 400")
        now[0] = 61.0
        served.ask(b"no request\r\n\r\n")
    finally:
        log.setLevel(before)
        log.removeHandler(handler)
        log.removeFilter(rare)
    assert told == ["Invalid HTTP request received."] * 2
