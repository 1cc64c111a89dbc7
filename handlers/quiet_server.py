"""uvicorn, but it looks once a second whether it is to end, and at once when it is told to.

Its own loop looks ten times a second, which is a third of what an idle server takes.
https://github.com/Kludex/uvicorn/blob/main/uvicorn/server.py (main_loop)
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import FrameType

import uvicorn

TICK_SECONDS = 1.0
"""How long the `Date` of its answers may stay as it is."""


class QuietServer(uvicorn.Server):
    """`ending` is awaited when it is to end: for answers that would go on for long."""

    ending: Callable[[], Awaitable[None]] | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _told: asyncio.Event | None = None

    async def main_loop(self) -> None:
        self._loop, told = asyncio.get_running_loop(), asyncio.Event()
        self._told = told
        # Each tenth tick is one that sets the date.
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(told.wait(), TICK_SECONDS)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Also a signal handler, which runs while the loop waits: only this wakes it.

        https://docs.python.org/3.11/library/asyncio-eventloop.html#asyncio.loop.call_soon_threadsafe
        """
        super().handle_exit(sig, frame)
        if self._loop and self._told and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._told.set)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.ending:
            await self.ending()
        await super().shutdown(sockets)
