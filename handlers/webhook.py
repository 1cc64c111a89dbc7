"""The web side of `bricklayer serve`: verifies a webhook, stores it and answers, no more."""

import asyncio
import hashlib
import hmac
import logging
import re
import time
from collections.abc import Awaitable, Callable, Sequence

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from bot.errors import UserError
from bot.logs.fields import log_fields
from bot.storage.tickets import Delivery
from handlers.health import Report, report_alive
from handlers.http_connections import RefuseBothLengths

# Both are headers of each delivery: https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers
_DELIVERY = re.compile(r"[A-Za-z0-9-]{1,100}")
_EVENT = re.compile(r"[a-z][a-z0-9_]{0,99}")
MAX_BODY_BYTES = 25 << 20
"""GitHub caps payloads at 25 MB: https://docs.github.com/en/webhooks/webhook-events-and-payloads"""
# int() takes long for very long numbers, and raises past 4300 digits:
# https://docs.python.org/3.11/library/stdtypes.html#integer-string-conversion-length-limitation
MAX_LENGTH_DIGITS = 20
SMALL_BODY_BYTES = 1 << 20
MAX_LARGE_BODIES = 4
"""Bodies beyond SMALL_BODY_BYTES read at once: more could fill this machine's memory."""
READ_SECONDS = 10.0
"""GitHub waits no longer for an answer.

https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks
"""


STORE_SECONDS = 7.0
"""For the database to store a delivery: more, with what was read, and GitHub has hung up."""
_NOT_STORED = (
    "not stored: the database does not take it now; deliver it again, or the sweep finds it"
)

REFUSAL_LOG_SECONDS = 60.0
"""Between two lines about refused signatures: anybody may send them as fast as they like."""
log = logging.getLogger("bricklayer")


class UnreadBodyError(Exception):  # an answer, not a fault
    """`status` is HTTP's."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class BodyReader:
    """For one event loop."""

    def __init__(self, patience: float = READ_SECONDS) -> None:
        self._patience = patience
        self._large = 0

    async def read_body(self, request: Request) -> bytes:
        """The raw bytes. Raises UnreadBodyError, without reading all of what is too large."""
        # A body sent in chunks has no length ahead, so the bytes are counted as they come, too:
        # https://www.rfc-editor.org/rfc/rfc9112#section-6.3
        declared = request.headers.get("content-length", "0")
        if declared.isdecimal() and (
            len(declared) > MAX_LENGTH_DIGITS or int(declared) > MAX_BODY_BYTES
        ):
            raise UnreadBodyError(413, "larger than GitHub sends")
        try:
            async with asyncio.timeout(self._patience):
                return await self._read_parts(request)
        except TimeoutError:
            raise UnreadBodyError(408, "too slow") from None
        except ClientDisconnect:
            raise UnreadBodyError(400, "cut off") from None

    async def _read_parts(self, request: Request) -> bytes:
        parts, size, large = [], 0, False
        try:
            async for part in request.stream():
                size += len(part)
                if size > MAX_BODY_BYTES:
                    raise UnreadBodyError(413, "larger than GitHub sends")
                if size > SMALL_BODY_BYTES and not large:
                    large = self._admit_large()
                parts.append(part)
            return b"".join(parts)
        finally:
            self._large -= large

    # No lock: there is no await in it, so nothing else runs in the event loop meanwhile.
    def _admit_large(self) -> bool:
        if self._large >= MAX_LARGE_BODIES:
            raise UnreadBodyError(503, "busy: the sweep finds what this delivery says")
        self._large += 1
        return True


class RefusalLog:
    """Tells the operator of deliveries that were refused, as GitHub shows that to nobody here."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._count = 0
        self._next = 0.0

    def add(self) -> None:
        self._count += 1
        if self._clock() < self._next:
            return
        log.warning(
            "deliveries refused, as their signature is missing or wrong: %d. If GitHub sent them"
            " (see Recent Deliveries on the webhook's page), its secret is another than this"
            " server's.",
            self._count,
        )
        self._count, self._next = 0, self._clock() + REFUSAL_LOG_SECONDS


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
            # Kept in an attribute, as the event loop has only weak references to tasks:
            # https://docs.python.org/3.11/library/asyncio-task.html#asyncio.create_task
            self._writing = asyncio.create_task(self._flush())
        await done

    async def _flush(self) -> None:
        while self._waiting:
            # All that came meanwhile in one transaction, which waits for the disk once:
            # https://www.sqlite.org/faq.html#q19
            batch, self._waiting = self._waiting, []
            try:
                await asyncio.to_thread(self._write, [delivery for delivery, _ in batch])
            except Exception as exc:  # noqa: BLE001  # handed to each request that waits for it
                for _, done in batch:
                    if not done.done():
                        done.set_exception(exc)
                continue
            for _, done in batch:
                # A request whose client has gone may be cancelled by now.
                if not done.done():
                    done.set_result(None)
            self._arrived()


def make_app(
    secret: str, inbox: Inbox, check_health: Callable[[], Awaitable[Report]] = report_alive
) -> FastAPI:
    """Raises UserError for an empty secret: anybody could then speak as GitHub."""
    if not secret.strip():
        hint = "Set BRICKLAYER_WEBHOOK_SECRET to the secret of the webhook, a long random word."
        raise UserError("the webhook secret is empty", where="environment", hint=hint)
    # Without pages that describe it: https://fastapi.tiangolo.com/tutorial/metadata/
    app = FastAPI(title="Bricklayer", openapi_url=None, docs_url=None, redoc_url=None)
    app.add_middleware(RefuseBothLengths)
    key, bodies, refusals = secret.encode(), BodyReader(), RefusalLog()

    @app.post("/webhook")
    async def webhook(request: Request) -> Response:
        try:
            body = await bodies.read_body(request)
        except UnreadBodyError as exc:
            return Response(f"{exc}\n", exc.status)
        if not is_signed(key, body, request.headers.get("x-hub-signature-256", "")):
            refusals.add()
            return Response("the signature is missing or wrong\n", 401)
        delivery_id, event = (
            request.headers.get(f"x-github-{header}", "") for header in ("delivery", "event")
        )
        if not (_DELIVERY.fullmatch(delivery_id) and _EVENT.fullmatch(event)):
            return Response("X-GitHub-Delivery or X-GitHub-Event is missing\n", 400)
        # Stored before it is answered: by itself GitHub never sends a delivery again.
        delivery = Delivery(delivery_id, event, body, time.time())
        try:
            # It may still be stored after that: when it comes again, it is known.
            await asyncio.wait_for(inbox.receive(delivery), STORE_SECONDS)
        except Exception as exc:  # noqa: BLE001  # whatever the database has against it
            # Without its trace: there may be a hundred a second.
            with log_fields(delivery=delivery_id):
                log.error("delivery %s: not stored: %s", delivery_id, type(exc).__name__)  # noqa: TRY400
            return Response(f"{_NOT_STORED}\n", 503, headers={"Retry-After": "60"})
        return Response(status_code=202)

    @app.get("/health")
    async def health() -> Response:
        report = await check_health()
        return JSONResponse(report.describe(), 503 if report.faults else 200)

    return app


def is_signed(secret: bytes, body: bytes, signature: str) -> bool:
    """HMAC-SHA256 over the raw bytes, compared in constant time; SHA-1 is not accepted.

    https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    """
    expected = f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"
    return hmac.compare_digest(expected.encode(), signature.encode(errors="replace"))
