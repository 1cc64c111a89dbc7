"""Reading a body that nobody has vouched for yet, within bounds of size, time and number."""

import asyncio

from fastapi import Request
from starlette.requests import ClientDisconnect

LARGEST = 25 << 20
"""Bytes. GitHub itself sends no larger payload."""
LONGEST_NUMBER = 20
SMALL = 1 << 20
MOST_LARGE = 4
"""Bodies beyond `SMALL` that are read at once, lest strangers fill this machine's memory."""
PATIENCE = 10.0
"""Seconds. GitHub itself waits no longer for an answer."""


class Unread(Exception):  # noqa: N818  # an answer, not a fault
    """`status` is HTTP's."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Bodies:
    """For one event loop."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._large = 0

    async def read(self, request: Request) -> bytes:
        """The raw bytes. Raises Unread, without reading all of what is too large."""
        said = request.headers.get("content-length", "0")
        if said.isdecimal() and (len(said) > LONGEST_NUMBER or int(said) > LARGEST):
            raise Unread(413, "larger than GitHub sends")
        try:
            async with asyncio.timeout(self._patience):
                return await self._parts(request)
        except TimeoutError:
            raise Unread(408, "too slow") from None
        except ClientDisconnect:
            raise Unread(400, "cut off") from None

    async def _parts(self, request: Request) -> bytes:
        parts, size, large = [], 0, False
        try:
            async for part in request.stream():
                size += len(part)
                if size > LARGEST:
                    raise Unread(413, "larger than GitHub sends")
                if size > SMALL and not large:
                    large = self._enter()
                parts.append(part)
            return b"".join(parts)
        finally:
            self._large -= large

    def _enter(self) -> bool:
        if self._large >= MOST_LARGE:
            raise Unread(503, "busy: the sweep finds what this told")
        self._large += 1
        return True
