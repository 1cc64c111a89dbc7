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
GITHUB_THREADS = 8
"""Ask GitHub who signs in, and what they may read: it may take long, and no other page waits."""
P = ParamSpec("P")
T = TypeVar("T")


class EndingError(Exception):  # an answer, not a fault
    """The server was told to end, so nothing is read any more."""


class Threads:
    def __init__(self) -> None:
        self._pages = ThreadPoolExecutor(PAGE_THREADS, thread_name_prefix="page")
        self._commands = ThreadPoolExecutor(COMMAND_THREADS, thread_name_prefix="command")
        self._github = ThreadPoolExecutor(GITHUB_THREADS, thread_name_prefix="sign-in")

    async def read(self, what: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await _run(self._pages, what, *args, **kwargs)

    async def command(self, what: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await _run(self._commands, what, *args, **kwargs)

    async def ask_github(self, what: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await _run(self._github, what, *args, **kwargs)

    def close(self) -> None:
        """What waits is not begun any more; what runs ends by the limits of what it asks."""
        for pool in (self._pages, self._commands, self._github):
            pool.shutdown(wait=False, cancel_futures=True)


async def _run(
    pool: ThreadPoolExecutor, what: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    try:
        future = pool.submit(what, *args, **kwargs)
    except RuntimeError:  # closed: https://docs.python.org/3.11/library/concurrent.futures.html
        raise EndingError from None
    try:
        return await asyncio.wrap_future(future)
    except asyncio.CancelledError:
        # By `close`; or it is who asked that went, and then this goes to nobody.
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise EndingError from None
