"""A stand-in for hosted models: real HTTP on loopback, three wire formats, scripted answers."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from fake_models.wire import Wire, anthropic_wire, chat_wire, responses_wire


@dataclass(frozen=True)
class ScriptedAnswer:
    """One answer. `times` repeats its text, `pause` is the seconds before each piece, `broken` leaves
    out the end of the stream.

    `drip` sends a space every tenth of a second, and never an answer. `body` is sent unchanged.
    `deltas` are sent in place of the text, to a chat request; then `finish` and `reported` are the
    reason it ended for and its usage, which comes `usage_in_each` event where that is so.
    """

    text: str = ""
    tool: tuple[str, dict[str, Any]] | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    pause: float = 0.0
    times: int = 1
    drip: bool = False
    broken: bool = False
    usage: bool = True
    cached: int = 0
    stop: Literal["end", "length", "refused"] = "end"
    deltas: tuple[dict[str, Any], ...] = ()
    finish: str = ""
    reported: dict[str, Any] | None = None
    usage_in_each: bool = False
    no_reason: bool = False
    """The stream ends in order, with no finish reason, as some proxies send it."""
    one_body: bool = False
    """The server knows no `stream`, and sends its one JSON body."""

    def split_pieces(self) -> Iterator[str]:
        for _ in range(self.times):
            for start in range(0, len(self.text), 7):
                yield self.text[start : start + 7]


@dataclass(frozen=True)
class ReceivedRequest:
    """One request as the server got it."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    def tool_names(self) -> set[str]:
        """The names of the tools the request offers to the model."""
        named = [tool.get("function", tool) for tool in self.body.get("tools") or []]
        return {str(tool.get("name") or tool.get("type")) for tool in named}


class ModelServer:
    """`choose_answer` decides; by default it takes `answers` in order, and the last again and again."""

    def __init__(self) -> None:
        self.requests: list[ReceivedRequest] = []
        self.answers: list[ScriptedAnswer] = [ScriptedAnswer("hello")]
        self.choose_answer: Callable[[ReceivedRequest], ScriptedAnswer] = self._next
        self.pieces_sent = 0
        """Pieces of text sent so far: it stays the same once a client closed the connection."""
        self.url = ""
        self.open_streams = 0
        self.props: dict[str, Any] | None = None
        """What GET /props answers, as llama-server does; None for a server of another kind."""
        self.listed: list[dict[str, Any]] = [{"id": "scripted", "object": "model"}]
        """What GET /v1/models lists."""
        self.wanted_key = ""
        """Where it is not empty, the list is given to this key alone."""
        self.free: dict[str, Any] = {}
        """What other paths answer, to GET and POST alike: of Ollama or LM Studio, say."""

    def _next(self, _: ReceivedRequest) -> ScriptedAnswer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    async def respond(self, request: Request, wire: Wire) -> Response:
        raw = await request.body()
        received = ReceivedRequest(request.url.path, dict(request.headers), json.loads(raw))
        self.requests.append(received)
        answer = self.choose_answer(received)
        if answer.body is not None:
            return Response(answer.body, answer.status, media_type="text/event-stream")
        if answer.status != 200:
            error = {"error": {"message": answer.text or "scripted", "type": "scripted"}}
            return JSONResponse(error, answer.status, answer.headers)
        if received.body.get("stream") and not answer.one_body:
            return StreamingResponse(
                self._stream(answer, received, wire), media_type="text/event-stream"
            )
        return JSONResponse(wire.complete_body(answer, received.body))

    async def _stream(
        self, answer: ScriptedAnswer, received: ReceivedRequest, wire: Wire
    ) -> AsyncIterator[str]:
        self.open_streams += 1
        try:
            while answer.drip:
                await asyncio.sleep(0.1)
                yield " "
            for event in wire.start(answer, received.body):
                yield event
            for event in wire.deltas(answer) if wire.deltas else ():
                self.pieces_sent += 1
                yield event
                await asyncio.sleep(answer.pause)
            for piece in answer.split_pieces():
                await asyncio.sleep(answer.pause)
                self.pieces_sent += 1
                yield wire.piece(piece)
            if not answer.broken:
                for event in wire.end(answer, received.body):
                    yield event
        finally:
            self.open_streams -= 1


def create_app(server: ModelServer) -> FastAPI:
    app = FastAPI()
    wires = {
        "/v1/chat/completions": chat_wire,
        "/v1/messages": anthropic_wire,
        "/v1/responses": responses_wire,
    }
    for path, wire in wires.items():

        def endpoint(path: str, wire: Callable[[], Wire]) -> None:
            @app.post(path)
            async def answer(request: Request) -> Response:
                return await server.respond(request, wire())

        endpoint(path, wire)

    @app.get("/props")
    async def props() -> Response:
        if server.props is None:
            return JSONResponse({"detail": "Not Found"}, 404)
        return JSONResponse(server.props)

    @app.get("/v1/models")
    async def models(request: Request) -> Response:
        sent = request.headers.get("authorization") or request.headers.get("x-api-key", "")
        if server.wanted_key and sent.removeprefix("Bearer ") != server.wanted_key:
            return JSONResponse({"error": {"message": "invalid api key"}}, 401)
        return JSONResponse({"object": "list", "data": server.listed})

    @app.api_route("/api/{path:path}", methods=["GET", "POST"])
    async def free(path: str) -> Response:
        if (answer := server.free.get(f"/api/{path}")) is None:
            return JSONResponse({"error": "not found"}, 404)
        return JSONResponse(answer)

    return app


@contextmanager
def serve_models() -> Iterator[ModelServer]:
    """Run on a free port of loopback until the block ends."""
    server = ModelServer()
    config = uvicorn.Config(
        create_app(server), port=0, log_level="error", timeout_graceful_shutdown=1
    )
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    try:
        server.url = _address(running, thread)
        yield server
    finally:
        running.should_exit = True
        thread.join(10)


def _address(running: uvicorn.Server, thread: threading.Thread) -> str:
    pause = threading.Event()
    while thread.is_alive():
        if running.started:
            host, port = running.servers[0].sockets[0].getsockname()[:2]
            return f"http://{host}:{port}/v1"
        pause.wait(0.01)
    raise RuntimeError("the model server did not start")
