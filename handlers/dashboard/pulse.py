"""Tells pages that are open when something has changed, as server-sent events.

One look at the database for all of them, twice a second and only while somebody looks:
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable

from handlers.dashboard.threads import Threads

LOOK_SECONDS = 0.5
STREAM_SECONDS = 50.0
"""Then the browser asks anew: whoever left without a word is forgotten, and the server's limit on
the time that an answer may take is kept."""
QUIET_SECONDS = 15.0
"""Between two lines to a page while nothing changes, so that no proxy takes it for dead."""
MAX_STREAMS = 100
MAX_STREAMS_OF_ONE = 50
"""Of one person, who may have many pages open: not so many that nobody else has one."""
log = logging.getLogger("bricklayer")


class Pulse:
    """`read` returns something else whenever something has changed; it is called in a thread."""

    def __init__(self, read: Callable[[], object], threads: Threads) -> None:
        self._read = read
        self._threads = threads
        self._number = 0
        self._last: object = None
        self._streams: Counter[str] = Counter()
        self._has_ended = False
        self._looking: asyncio.Task[None] | None = None
        self._changed = asyncio.Condition()

    def is_full(self, who: str) -> bool:
        """For one more page of this person."""
        of_one = self._streams[who] >= MAX_STREAMS_OF_ONE
        return of_one or self._streams.total() >= MAX_STREAMS

    async def stream(self, who: str) -> AsyncIterator[str]:
        """Events for one page: `changed` each time that it should be read again."""
        self._streams[who] += 1
        try:
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._look())
            yield "retry: 1000\n\n"
            async for event in self._events():
                yield event
        finally:
            self._streams[who] -= 1
            self._streams += Counter[str]()  # drops those with none

    async def _events(self) -> AsyncIterator[str]:
        known, end = self._number, time.monotonic() + STREAM_SECONDS
        while not self._has_ended and (left := end - time.monotonic()) > 0:
            try:
                async with asyncio.timeout(min(left, QUIET_SECONDS)), self._changed:
                    await self._changed.wait_for(lambda seen=known: self._is_news(seen))  # type: ignore[misc]
            except TimeoutError:
                yield ": nothing new\n\n"
                continue
            if known == self._number:
                continue
            known = self._number
            yield f"event: changed\ndata: {known}\n\n"

    def _is_news(self, seen: int) -> bool:
        return self._has_ended or self._number != seen

    async def end(self) -> None:
        """Every stream, now and from here on: a server that is to end waits for its answers."""
        self._has_ended = True
        async with self._changed:
            self._changed.notify_all()

    async def _look(self) -> None:
        """As long as anybody looks; a database that does not answer is asked again."""
        while self._streams.total() and not self._has_ended:
            try:
                found = await self._threads.read(self._read)
            except Exception as exc:  # noqa: BLE001  # whatever the database has against it
                log.warning("the dashboard cannot be kept up to date: %s", type(exc).__name__)
                await asyncio.sleep(10 * LOOK_SECONDS)
                continue
            if found != self._last:
                self._last = found
                async with self._changed:
                    self._number += 1
                    self._changed.notify_all()
            await asyncio.sleep(LOOK_SECONDS)
