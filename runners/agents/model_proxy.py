"""The one way out of an agent's sandbox: a socket where its model answers, and nothing else.

What comes in is read whole, judged (`proxy_rules`), and asked anew of one fixed server with a key
that the sandbox never sees; answers stream back a line at a time. One request, then the connection
is closed: no second one can hide behind the first.
"""

import itertools
import json
import os
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import h11

from bot.models.chain import choose_wait_seconds
from bot.models.model import ModelError
from runners.agents.call_account import CallAccount, NoMoreCallsError
from runners.agents.model_server import AnswerTooLongError, AskedServer, Refusal, ServerAnswer
from runners.agents.proxy_rules import (
    MODELS_PATH,
    AllowedRequest,
    RequestRefusedError,
    allow_request,
)
from runners.agents.proxy_usage import AnswerUsage
from runners.agents.read_request import MAX_HEAD_BYTES, ReadRequest, read_request

OK, UNAVAILABLE = 200, 503
MAX_CONNECTIONS = 8
MAX_LINE_BYTES = 16 * 1024 * 1024
MIN_KEY_BYTES = 8
"""A shorter one may be a word of what was asked for."""
WRITE_SECONDS = 120.0
"""For each piece of an answer: who does not read it is not waited for."""
STOP_SECONDS = 5.0
Headers = list[tuple[str, str]]


@dataclass(slots=True)
class _Client:
    """One connection, and what was said there. `send` may raise OSError."""

    connection: socket.socket
    http: h11.Connection = field(
        default_factory=lambda: h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)
    )

    @property
    def is_waiting(self) -> bool:
        """Whether nothing was answered yet."""
        return self.http.our_state in {h11.IDLE, h11.SEND_RESPONSE}

    def begin(self, status: int, kind: str, more: Headers | None = None) -> None:
        self.connection.settimeout(WRITE_SECONDS)
        headers = [("content-type", kind), ("connection", "close"), *(more or [])]
        self._send(h11.Response(status_code=status, headers=headers))

    def send(self, data: bytes) -> None:
        self._send(h11.Data(data=data))

    def end(self) -> None:
        self._send(h11.EndOfMessage())

    def answer(self, status: int, body: object, more: Headers | None = None) -> None:
        """All of it at once; nothing where an answer was begun already."""
        if self.is_waiting:
            data = json.dumps(body).encode()
            length = [("content-length", str(len(data))), *(more or [])]
            self.begin(status, "application/json", length)
            self.send(data)
            self.end()

    def refuse(self, status: int, why: str, more: Headers | None = None) -> None:
        """In the form that the clients of all three protocols read."""
        told = {"message": f"bricklayer: {why}", "type": "invalid_request_error"}
        self.answer(status, {"type": "error", "error": told}, more)

    def _send(self, event: h11.Event) -> None:
        if data := self.http.send(event):
            self.connection.sendall(data)


@dataclass(slots=True)
class ModelProxy:
    """Answers for `server` alone.

    `model` is the one it may be asked for, in answers of at most `most_output` tokens.
    """

    server: AskedServer
    account: CallAccount
    model: str
    most_output: int
    _free: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(MAX_CONNECTIONS)
    )
    _open: set[socket.socket] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _reading: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def listen(self, path: Path) -> Iterator[None]:
        """At a socket of this name for the block; then no request is under way any more."""
        with socket.socket(socket.AF_UNIX) as listener:
            _bind(listener, path)
            thread = threading.Thread(target=self._accept, args=(listener,), daemon=True)
            thread.start()
            try:
                yield
            finally:
                # Wakes a thread that waits in accept(2), which close(2) does not.
                listener.shutdown(socket.SHUT_RDWR)
                thread.join(STOP_SECONDS)
                self._hang_up()
        path.unlink(missing_ok=True)

    def _accept(self, listener: socket.socket) -> None:
        threads = []
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                break  # it was shut down
            if not self._free.acquire(blocking=False):
                connection.close()
                continue
            with self._lock:
                self._open.add(connection)
            threads.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
            threads[-1].start()
            threads = [each for each in threads if each.is_alive()]

    def _hang_up(self) -> None:
        """End what is under way, and wait until it is entered with what it took."""
        with self._lock:
            left = list(self._open)
        for connection in left:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server.close()
        for _ in range(MAX_CONNECTIONS):
            self._free.acquire(timeout=STOP_SECONDS)

    def _serve(self, connection: socket.socket) -> None:
        client = _Client(connection)
        try:
            # Its CLI is gone, or is told by a connection that ends early.
            with suppress(OSError, h11.LocalProtocolError, AnswerTooLongError):
                self._answer(client)
        except Exception as exc:  # noqa: BLE001  # raised where the attempt is waited for
            self.account.note_broken(exc)
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()
            self._free.release()

    def _answer(self, client: _Client) -> None:
        try:
            asked = read_request(client.connection, client.http)
            if asked is not None:
                self._answer_request(client, asked)
        except RequestRefusedError as exc:
            self.account.note_refused(exc.why)
            client.refuse(exc.status, exc.why)
        except NoMoreCallsError as exc:
            client.refuse(403, str(exc))

    def _answer_request(self, client: _Client, asked: ReadRequest) -> None:
        with self._reading:
            allowed = allow_request(
                asked.method,
                asked.target,
                asked.body,
                self.server.wire,
                self.model,
                self.most_output,
            )
        if asked.target == MODELS_PATH:
            client.answer(200, {"object": "list", "data": [{"id": self.model, "object": "model"}]})
        elif allowed.is_counted:
            self._answer_counted(client, asked, allowed)
        else:
            with self.server.ask(allowed.path, allowed.body, asked.headers) as answer:
                self._pass_on(client, answer, AnswerUsage())

    def _answer_counted(self, client: _Client, asked: ReadRequest, allowed: AllowedRequest) -> None:
        usage = AnswerUsage()
        seq = self.account.begin(usage)
        failed: Refusal | None = None
        try:
            failed = self._ask_with_retries(client, asked, allowed, usage)
        finally:
            self._enter_call(seq, usage, asked, failed)
        if failed:
            self._tell_refusal(client, failed)

    def _ask_with_retries(
        self, client: _Client, asked: ReadRequest, allowed: AllowedRequest, usage: AnswerUsage
    ) -> Refusal | None:
        """None once an answer was passed on: some CLIs give up at the first refusal."""
        for tries in itertools.count(1):
            failed = self._ask_once(client, asked, allowed, usage)
            if not (failed and failed.is_fault and failed.error.retryable and client.is_waiting):
                return failed
            wait = choose_wait_seconds(tries, failed.error.wait)
            if wait is None or tries > self.server.tier.retries or self.server.closed.wait(wait):
                return failed
        return None

    def _ask_once(
        self, client: _Client, asked: ReadRequest, allowed: AllowedRequest, usage: AnswerUsage
    ) -> Refusal | None:
        try:
            with self.server.ask(allowed.path, allowed.body, asked.headers) as answer:
                if answer.status != OK:
                    return self.server.explain_status(answer, is_known=self.account.calls > 0)
                self._pass_on(client, answer, usage)
        except ModelError as exc:
            is_broken = exc.cause != "unreached"
            return Refusal(UNAVAILABLE, exc, is_fault=True, is_broken=is_broken)
        return None

    def _enter_call(
        self, seq: int, usage: AnswerUsage, asked: ReadRequest, failed: Refusal | None
    ) -> None:
        """What was begun is paid for, whether the CLI waited for its end or not."""
        fault = failed.error if failed and failed.is_fault else None
        if self.server.closed.is_set():  # its end is ours
            fault = None
        if failed and failed.is_free:
            self.account.fail(seq, usage, fault)
        else:
            usage.settle(asked.body.decode(errors="replace"))
            self.account.end(seq, usage, fault)

    def _tell_refusal(self, client: _Client, refusal: Refusal) -> None:
        """A key that is refused here is no key of the CLI's."""
        error = refusal.error
        more = [("retry-after", f"{error.wait:.0f}")] if error.wait else []
        status = 403 if refusal.is_fault and error.cause == "settings" else refusal.status
        client.refuse(status, error.why, more)

    def _pass_on(self, client: _Client, answer: ServerAnswer, usage: AnswerUsage) -> None:
        """The answer without the key, should the server repeat it; a stream line by line."""
        if not answer.is_stream:
            body = b"".join(answer.read_chunks())
            usage.read_json(self.server.wire, body)
            client.begin(answer.status, "application/json")
            client.send(self._clean(body))
            client.end()
            return
        client.begin(answer.status, "text/event-stream")
        for line in split_lines(answer.read_chunks()):
            usage.read_line(self.server.wire, line)
            client.send(self._clean(line))
        client.end()

    def _clean(self, said: bytes) -> bytes:
        key = self.server.key.encode()
        return said.replace(key, b"[key]") if len(key) >= MIN_KEY_BYTES else said


def split_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Whole lines with their ends; the last may have none. Raises AnswerTooLongError."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line + b"\n"
        if len(rest) > MAX_LINE_BYTES:
            raise AnswerTooLongError
    if rest:
        yield rest


def _bind(listener: socket.socket, path: Path) -> None:
    """By its folder's descriptor, for a socket's name has 108 bytes at most.

    https://man7.org/linux/man-pages/man7/unix.7.html
    """
    path.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        listener.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)
    listener.listen(MAX_CONNECTIONS)
