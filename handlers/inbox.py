"""Deliveries that arrive together are written down together: one sync for all of them."""

import asyncio
from collections.abc import Callable, Sequence

from bot.storage.tickets import Delivery


class Inbox:
    """`write` is durable when it returns; `arrived` is called then, from the event loop."""

    def __init__(
        self, write: Callable[[Sequence[Delivery]], None], arrived: Callable[[], None]
    ) -> None:
        self._write = write
        self._arrived = arrived
        self._waiting: list[tuple[Delivery, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def receive(self, delivery: Delivery) -> None:
        """Return once it would survive a loss of power. Raises what the database raised."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((delivery, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._flush())
        await done

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await asyncio.to_thread(self._write, [delivery for delivery, _ in batch])
            except Exception as exc:  # noqa: BLE001  # handed to each request that waits for it
                for _, done in batch:
                    if not done.done():
                        done.set_exception(exc)
                continue
            for _, done in batch:
                if not done.done():  # who waited may have gone
                    done.set_result(None)
            self._arrived()
