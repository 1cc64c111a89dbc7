"""Threads that read pages and give commands: of their own, so that no page keeps a webhook waiting.

The event loop's own threads store deliveries (`handlers.webhook.Inbox`).
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

PAGE_THREADS = 4
COMMAND_THREADS = 4
"""A command waits for some seconds until it was heard."""
P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    def __init__(self) -> None:
        self._pages = ThreadPoolExecutor(PAGE_THREADS, thread_name_prefix="page")
        self._commands = ThreadPoolExecutor(COMMAND_THREADS, thread_name_prefix="command")

    async def read(self, what: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await _run(self._pages, what, *args, **kwargs)

    async def command(self, what: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await _run(self._commands, what, *args, **kwargs)


async def _run(
    pool: ThreadPoolExecutor, what: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(pool, lambda: what(*args, **kwargs))
