"""The model's own server, as the proxy asks it: one fixed address, with the key."""

import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.config.tiers import TierSettings
from bot.models.agent_cli.agent import Wire
from bot.models.model import Cause, ModelError, is_retryable_status
from bot.models.quota import read_wait_seconds
from bot.models.server_refusals import find_message, find_refusal_cause
from bot.text.secrets import redact_line

CONNECT_SECONDS = 15.0
MAX_ANSWER_BYTES = 32 * 1024 * 1024
MAX_ERROR_BYTES = 64 * 1024
_BAD_REQUESTS = frozenset({400, 413, 422})
# What a client of these protocols tells its server beside the body.
PASSED_HEADERS = ("accept", "anthropic-beta", "anthropic-version", "openai-beta", "user-agent")
VERSION = {"anthropic-version": "2023-06-01"}


# The second is the one that is read, where there is one.
_CONNECTED = frozenset({"connection.connect_tcp.complete", "connection.start_tls.complete"})


class AnswerTooLongError(Exception):
    """More came than any answer has, or for longer than a call may take."""


@dataclass(slots=True)
class ServerAnswer:
    """An answer whose body is still to be read."""

    response: httpx.Response
    deadline: float

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def is_stream(self) -> bool:
        return "text/event-stream" in self.response.headers.get("content-type", "")

    def read_chunks(self) -> Iterator[bytes]:
        """Raises AnswerTooLongError, httpx.HTTPError."""
        total = 0
        for chunk in self.response.iter_bytes():
            total += len(chunk)
            if total > MAX_ANSWER_BYTES or time.monotonic() > self.deadline:
                raise AnswerTooLongError
            yield chunk

    def read_error(self) -> tuple[object, str]:
        """What the server says is wrong, as JSON where it is, and in words."""
        said = b""
        for chunk in self.response.iter_bytes():
            said += chunk
            if len(said) > MAX_ERROR_BYTES:
                break
        text = said[:MAX_ERROR_BYTES].decode(errors="replace")
        try:
            body = json.loads(text)
        except (ValueError, RecursionError):
            return None, text
        return body, find_message(body) or text


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a call failed: by a status other than 200, or else as if by 503.

    `is_fault`: it is not the request's, and others would get it, too.
    """

    status: int
    error: ModelError
    is_fault: bool
    is_broken: bool = False

    @property
    def is_free(self) -> bool:
        """Whether the model was not had to work for it: what broke off may have cost something."""
        return not self.is_broken


@dataclass(slots=True)
class AskedServer:
    """`address` is what paths are appended to. No redirect of it is followed."""

    name: str
    address: str
    key: str
    wire: Wire
    tier: TierSettings
    _client: httpx.Client = field(init=False)
    _sockets: list[socket.socket] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        timeout = httpx.Timeout(self.tier.timeout, connect=CONNECT_SECONDS)
        # Each call has a connection of its own, so that it can be ended.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.Client(timeout=timeout, limits=limits, follow_redirects=False)

    @contextmanager
    def ask(self, path: str, body: bytes, headers: Mapping[str, str]) -> Iterator[ServerAnswer]:
        """Raises ModelError where it is not reached."""
        sent = {name: headers[name] for name in PASSED_HEADERS if name in headers}
        sent["content-type"] = "application/json"
        if self.wire == "messages":
            sent = VERSION | sent | ({"x-api-key": self.key} if self.key else {})
        elif self.key:
            sent["authorization"] = f"Bearer {self.key}"
        deadline = time.monotonic() + self.tier.timeout
        try:
            with self._client.stream(
                "POST",
                f"{self.address}{path}",
                content=body,
                headers=sent,
                extensions={"trace": self._note_socket},
            ) as response:
                yield ServerAnswer(response, deadline)
        except (httpx.ConnectError, httpx.ConnectTimeout) as exc:
            raise self._fault(f"not reached: {exc}", cause="unreached") from exc
        except httpx.HTTPError as exc:
            raise self._fault(f"broke off: {type(exc).__name__}: {exc}", cause="outage") from exc
        except RuntimeError as exc:
            if not self.closed.is_set():
                raise
            # As httpx says it of a client that was closed meanwhile.
            raise self._fault("not asked any more", cause="unreached") from exc

    def explain_status(self, answer: ServerAnswer, *, is_known: bool) -> Refusal:
        """`is_known`: it has answered before, so a bad request is the agent's doing."""
        if answer.response.is_redirect:
            why = "it answers with a redirect, which is not followed"
            return Refusal(502, ModelError(self.name, why, cause="settings"), is_fault=True)
        body, said = answer.read_error()
        said, status = self.redact(said), answer.status
        cause, _ = find_refusal_cause(status, body, said)
        told = answer.response.headers.get("retry-after", "")
        wait = float(told) if told.isdigit() else read_wait_seconds(said, time.time())
        error = ModelError(
            self.name,
            f"HTTP {status}: {said or 'it said nothing'}",
            retryable=is_retryable_status(status),
            cause=cause,
            wait=wait if cause == "outage" else 0.0,
        )
        is_bad_request = status in _BAD_REQUESTS and is_known
        return Refusal(status, error, cause in {"outage", "settings"} and not is_bad_request)

    def redact(self, text: str) -> str:
        return redact_line(text, (self.key,))

    def _note_socket(self, event: str, info: Mapping[str, Any]) -> None:
        # https://www.encode.io/httpcore/extensions/#trace
        if event in _CONNECTED:
            found = info["return_value"].get_extra_info("socket")
            self._sockets.append(found)
            if self.closed.is_set():
                _shut(found)

    def close(self) -> None:
        """What is under way ends, even where a thread waits for it: closing a socket wakes none."""
        self.closed.set()
        for each in self._sockets:
            _shut(each)
        self._client.close()

    def _fault(self, why: str, *, cause: Cause) -> ModelError:
        return ModelError(self.name, self.redact(why), retryable=True, cause=cause)


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):  # it was closed, or another one has taken its place
        connection.shutdown(socket.SHUT_RDWR)
