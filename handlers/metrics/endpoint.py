"""The address that Prometheus asks. The database is read in a thread of its own, in bounded time.

What was read is told again for some seconds: whoever asks often has nothing read more often.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from fastapi import FastAPI, Request, Response
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from handlers.metrics.access import may_read
from handlers.metrics.families import list_own, list_read
from handlers.metrics.readings import OwnFacts, Reading

FRESH_SECONDS = 5.0
FRESH_FOR_EACH_SECOND = 10.0
"""What took long to read is told again for so many times as long."""
PATIENCE_SECONDS = 5.0
"""For the database: Prometheus itself waits for ten seconds by default.

https://prometheus.io/docs/prometheus/latest/configuration/configuration/
"""
TOLD_SECONDS = 600.0
"""Between two lines of the log about a database that does not answer here."""
_REFUSED = "metrics are told to this machine itself, or to who sends the token (docs/signals.md)\n"
log = logging.getLogger("bricklayer")


class Metrics:
    """`read` is called in a thread, one call at a time."""

    def __init__(
        self,
        own: OwnFacts,
        read: Callable[[], Reading],
        patience: float = PATIENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._own = own
        self._read = read
        self._patience = patience
        self._clock = clock
        # Its own, as a database that hangs must not hold the threads of the webhooks.
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="metrics")
        self._asked: asyncio.Future[Reading] | None = None
        self._last: Reading | None = None
        self._fresh_until = 0.0
        self._told_at = float("-inf")

    async def answer(self) -> Response:
        """In the text format, which every Prometheus reads."""
        read = await self._read_database()
        registry = CollectorRegistry()
        registry.register(_Collected([*list_own(self._own), *list_read(read)]))
        ProcessCollector(registry=registry)
        headers = {"Content-Type": CONTENT_TYPE_PLAIN_0_0_4}
        return Response(generate_latest(registry), headers=headers)

    async def _read_database(self) -> Reading | None:
        """None where it does not answer in time, or not at all."""
        if self._last and self._clock() < self._fresh_until:
            return self._last
        if self._asked is None or self._asked.done():
            loop = asyncio.get_running_loop()
            self._asked = loop.run_in_executor(self._pool, self._read_now)
        try:
            found = await asyncio.wait_for(asyncio.shield(self._asked), self._patience)
        except TimeoutError:
            self._tell("no answer in time")
            return None
        except Exception as exc:  # noqa: BLE001  # told, and a number says it, too
            self._tell(type(exc).__name__)
            return None
        self._last = found
        return found

    def _read_now(self) -> Reading:
        began = self._clock()
        found = self._read()
        taken = self._clock() - began
        self._fresh_until = began + taken + max(FRESH_SECONDS, FRESH_FOR_EACH_SECOND * taken)
        return found

    def _tell(self, why: str) -> None:
        if self._clock() - self._told_at >= TOLD_SECONDS:
            self._told_at = self._clock()
            log.warning("metrics are told without what the database has: %s", why)


class _Collected(Collector):
    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Sequence[Metric]:
        return self._families


def add_metrics(app: FastAPI, metrics: Metrics, token: str) -> None:
    """`token` is empty where there is none."""

    @app.get("/metrics")
    async def tell_metrics(request: Request) -> Response:
        if not may_read(request, token):
            # https://www.rfc-editor.org/rfc/rfc6750#section-3
            challenge = {"WWW-Authenticate": "Bearer"} if token else {}
            return Response(_REFUSED, 401 if token else 403, challenge)
        return await metrics.answer()
