"""Reads one request of HTTP/1.1 from a connection that may send anything, within limits."""

import socket
import time
from dataclasses import dataclass

import h11

from runners.agents.proxy_rules import RequestRefusedError

MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 8 * 1024 * 1024
"""As JSON it may take twenty times that."""
READ_SECONDS = 120.0
"""For all of a request."""
CHUNK_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """`headers` have names in small letters; of several with one name the last."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


def read_request(client: socket.socket, http: h11.Connection) -> ReadRequest | None:
    """None where nothing came. What comes behind the request is never read.

    Raises RequestRefusedError; OSError, where the connection ends.
    """
    deadline = time.monotonic() + READ_SECONDS
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = _next_event(client, http, deadline)
        if isinstance(event, h11.Request):
            head = event
            _refuse_odd_head(event)
            if http.they_are_waiting_for_100_continue:
                client.sendall(http.send(h11.InformationalResponse(status_code=100, headers=[])))
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > MAX_BODY_BYTES:
                raise RequestRefusedError(413, "the request is too large")
        elif isinstance(event, h11.EndOfMessage) and head:
            headers = {name.decode(): text.decode("latin-1") for name, text in head.headers}
            method, target = head.method.decode("latin-1"), head.target.decode("latin-1")
            return ReadRequest(method, target, headers, bytes(body))
        else:
            return None


def _next_event(client: socket.socket, http: h11.Connection, deadline: float) -> object:
    while True:
        try:
            event = http.next_event()
        except h11.RemoteProtocolError as exc:
            raise RequestRefusedError(exc.error_status_hint, f"no HTTP: {exc}") from exc
        if event is not h11.NEED_DATA:
            return event
        left = deadline - time.monotonic()
        if left <= 0:
            raise RequestRefusedError(408, "the request did not come to its end")
        client.settimeout(left)
        http.receive_data(client.recv(CHUNK_BYTES))


def _refuse_odd_head(head: h11.Request) -> None:
    """What two readers could take for two different requests, and what is for no model.

    https://www.rfc-editor.org/rfc/rfc9112#section-6.3
    """
    names = [name for name, _ in head.headers]
    if b"transfer-encoding" in names and b"content-length" in names:
        raise RequestRefusedError(400, "a request has one length")
    if b"upgrade" in names or head.method == b"CONNECT":
        raise RequestRefusedError(403, "nothing is passed through")
    if head.http_version != b"1.1":
        raise RequestRefusedError(400, "only HTTP/1.1 is spoken here")
    length = next((text for name, text in head.headers if name == b"content-length"), b"0")
    if int(length) > MAX_BODY_BYTES:
        raise RequestRefusedError(413, "the request is too large")
