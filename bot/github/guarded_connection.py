"""Asks whether this process may still change something on GitHub, as late as that can be asked.

Between a question asked by whoever makes a call and its first byte there may be a wait for a token,
for a name and for a handshake. So it is asked with the connection open: what is sent then has
arrived long before another process can lead.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from bot.github.errors import UnavailableError

READING = frozenset({"GET", "HEAD"})
"""What changes nothing there."""
FRESH_SECONDS = 3.0
"""How old an answer may be: a lease lasts longer than that from when it was asked for."""
MAX_QUESTIONS = 3
"""Then the call is an outage, told and tried again later, and no loop that never ends."""
Guard = Callable[[], None]


class _Http(HTTPConnection):
    """Asks `guard` once a request, in the moment in which its first bytes are sent."""

    def __init__(self, *args: Any, guard: Guard, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **options)
        self._guard, self._is_due = guard, False

    def request(self, method: str, *args: Any, **options: Any) -> None:  # noqa: ANN401
        self._is_due = method not in READING
        if self._is_due and self.is_closed:
            self.connect()
        super().request(method, *args, **options)

    def send(self, data: Any) -> None:  # noqa: ANN401
        if self._is_due:
            self._ask()
            self._is_due = False
        super().send(data)

    def _ask(self) -> None:
        """Again where this process stood still meanwhile: the answer is old then."""
        for _ in range(MAX_QUESTIONS):
            began = time.monotonic()
            self._guard()
            if time.monotonic() - began <= FRESH_SECONDS:
                return
        raise UnavailableError("nothing was sent: each look at who leads took too long")


class _Https(_Http, HTTPSConnection):
    """The same over TLS."""


class GuardedAdapter(HTTPAdapter):
    """`guard` raises where nothing may be changed; what it raises comes out as it is."""

    def __init__(self, guard: Guard, **options: Any) -> None:  # noqa: ANN401
        # https://urllib3.readthedocs.io/en/stable/reference/urllib3.poolmanager.html
        self._pools = {
            "http": _make_pool(HTTPConnectionPool, partial(_Http, guard=guard)),
            "https": _make_pool(HTTPSConnectionPool, partial(_Https, guard=guard)),
        }
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        manager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _make_pool(
    pool: type[HTTPConnectionPool], connect: Callable[..., HTTPConnection]
) -> type[HTTPConnectionPool]:
    return type(pool.__name__, (pool,), {"ConnectionCls": staticmethod(connect)})
