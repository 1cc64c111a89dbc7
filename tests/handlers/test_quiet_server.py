"""The server ends as soon as it is told to, though it seldom looks whether it was."""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import pytest
import uvicorn

from handlers import quiet_server
from handlers.quiet_server import QuietServer
from handlers.serve import bind_port

Message = MutableMapping[str, Any]


async def app(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[..., object]
) -> None:
    del scope, receive, send


def test_it_ends_at_once_when_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only at its next look, which would be in an hour here."""
    monkeypatch.setattr(quiet_server, "TICK_SECONDS", 3600.0)
    server = QuietServer(uvicorn.Config(app, lifespan="off", log_level="error"))
    looked = threading.Event()
    look = server.on_tick

    async def on_tick(counter: int) -> bool:
        told = await look(counter)
        looked.set()
        return told

    monkeypatch.setattr(server, "on_tick", on_tick)
    with bind_port("127.0.0.1", 0, "") as listening:
        serving = server.serve(sockets=[listening])
        thread = threading.Thread(target=asyncio.run, args=(serving,), daemon=True)
        thread.start()
        assert looked.wait(60)
        server.handle_exit(signal.SIGTERM, None)
        thread.join(60)
        assert not thread.is_alive()
