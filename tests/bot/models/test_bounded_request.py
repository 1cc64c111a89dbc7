"""A request ends in time and size, whatever the server sends and however slowly."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from bot.models.bounded_request import Limits, request_bounded

HEAD = b"HTTP/1.1 200 OK\r\n"


@contextmanager
def dripping(first: bytes, then: bytes, every: float) -> Iterator[str]:
    """A server that sends `then` again and again, without an end."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.sendall(first)
                    while not done.wait(every):
                        connection.sendall(then)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            done.set()
            thread.join()


@pytest.mark.parametrize(
    ("first", "then"),
    [(b"", b""), (HEAD, b"A"), (HEAD + b"\r\n", b"x"), (b"HTTP/1.1 100 Continue\r\n", b"\r\n")],
    ids=["nothing", "headers", "a body", "interim answers"],
)
def test_a_slow_answer_ends_at_the_limit(first: bytes, then: bytes) -> None:
    """Of the whole answer, not of each piece; and the message says which it was."""
    with dripping(first, then, every=0.02) as url:
        began = time.monotonic()
        with pytest.raises((TimeoutError, httpx.HTTPError), match=r"\w"):
            request_bounded(url, Limits(0.3, 0.3, 1000), trust_env=False)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("packed", [b"", b"Content-Encoding: gzip, gzip, gzip\r\n"])
def test_an_endless_answer_is_none(packed: bytes) -> None:
    """It is counted as it was sent, and never unpacked."""
    with dripping(HEAD + packed + b"\r\n", b"x" * 500, every=0.001) as url:
        answer = request_bounded(url, Limits(5, 5, 1000), trust_env=False)
    assert (answer.status, answer.body) == (200, b"")
