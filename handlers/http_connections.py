"""Connections to the webhook: none is held by who sends nothing, little by little, or ambiguously.

uvicorn has a limit on connections and none on how long one may say nothing, so a few hundred
silent ones would keep GitHub out: https://www.uvicorn.org/settings/#timeouts
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import h11
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

REQUEST_SECONDS = 10.0
"""For a whole request, head and body, however many bytes come meanwhile. GitHub waits no longer.

https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks
"""
ANSWER_SECONDS = 60.0
"""For the answer to be made and taken."""
SAME_LINE_SECONDS = 60.0
"""Between two lines of the log that say the same of a connection: anybody may cause them."""
BOTH_LENGTHS = "Transfer-Encoding and Content-Length in one request\n"


class ImpatientProtocol(H11Protocol):
    """Drops who has not sent a whole request in time; where all are taken, the oldest of these."""

    def __init__(
        self,
        config: "Config",
        server_state: "ServerState",
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._deadline: asyncio.TimerHandle | None = None
        self.waits_for_request = True
        self.began = time.monotonic()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_request()
        if self.limit_concurrency and len(self.connections) >= self.limit_concurrency:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.waits_for_request and self.conn.their_state not in {h11.IDLE, h11.SEND_BODY}:
            self.waits_for_request = False
            self._drop_in(ANSWER_SECONDS)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        # Answered before its end, a request goes on with the time it has left.
        if not self.waits_for_request and not self.transport.is_closing():
            self._expect_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_deadline()
        super().connection_lost(exc)

    def _expect_request(self) -> None:
        self.waits_for_request = True
        self.began = time.monotonic()
        self._drop_in(REQUEST_SECONDS)

    def _make_room(self) -> None:
        silent = [
            one
            for one in cast("set[ImpatientProtocol]", self.connections)
            if one.waits_for_request and one is not self
        ]
        if silent:
            min(silent, key=lambda one: one.began).drop()

    def drop(self) -> None:
        """Without waiting for what is still to be sent; it no longer counts from now on."""
        self.connections.discard(self)
        # Not close(): that waits until the other side has taken what was sent to it.
        # https://docs.python.org/3.11/library/asyncio-protocol.html#asyncio.WriteTransport.abort
        self.transport.abort()

    def _drop_in(self, seconds: float) -> None:
        self._cancel_deadline()
        self._deadline = self.loop.call_later(seconds, self.drop)

    def _cancel_deadline(self) -> None:
        if self._deadline:
            self._deadline.cancel()


class RareLines(logging.Filter):
    """uvicorn warns of each request that is malformed, or too many: a flood would fill the disk."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._told: dict[object, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = self._clock()
        # By the text before its values are put in: there are few of those.
        if record.levelno > logging.WARNING:
            return True
        if now - self._told.get(record.msg, -SAME_LINE_SECONDS) < SAME_LINE_SECONDS:
            return False
        self._told[record.msg] = now
        return True


class RefuseBothLengths:
    """A request whose end two headers tell differently could hide a second one from a proxy.

    "Such a message might indicate an attempt to perform request smuggling": it is refused, and the
    connection closed. https://www.rfc-editor.org/rfc/rfc9112#section-6.3-2.3
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        names = {name for name, _ in scope.get("headers", ())}
        coded = b"transfer-encoding" in names
        # HTTP/1.0 has no such header: https://www.rfc-editor.org/rfc/rfc9112#section-6.1-16
        if coded and (b"content-length" in names or scope.get("http_version") == "1.0"):
            refusal = PlainTextResponse(BOTH_LENGTHS, 400, {"connection": "close"})
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)
