"""One HTTP request that ends in time whatever the server does, with an answer of bounded size.

httpx bounds the wait for each piece (https://www.python-httpx.org/advanced/timeouts/): a server
that sends its headers a byte at a time would hold a caller for hours.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""It trusts nobody: for plain HTTP, as to read the authorities takes 16 ms a client."""


@dataclass(frozen=True, slots=True)
class Limits:
    seconds: float
    connect_seconds: float
    max_bytes: int


@dataclass(frozen=True, slots=True)
class BoundedAnswer:
    """`body` is empty where it was larger than allowed."""

    status: int
    headers: httpx.Headers
    body: bytes = field(repr=False)


def request_bounded(  # noqa: PLR0913  # one request: where to, what, how
    url: str,
    limits: Limits,
    *,
    headers: Mapping[str, str] | None = None,
    body: Mapping[str, object] | bytes | None = None,
    trust_env: bool = True,
    transport: httpx.AsyncBaseTransport | None = None,
) -> BoundedAnswer:
    """By POST where there is a body: as JSON, or as it is where it is bytes.

    No redirect is followed. A `transport` leads elsewhere than the URL says. Raises TimeoutError,
    or an error of httpx.
    """
    timeout = httpx.Timeout(limits.seconds, connect=limits.connect_seconds)
    verify = url.lower().startswith("https:") or _NO_TLS
    client = httpx.AsyncClient(
        trust_env=trust_env, timeout=timeout, verify=verify, transport=transport
    )
    # Packed answers grow without bound as they are unpacked: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3
    sent = {**(headers or {}), "Accept-Encoding": "identity"}
    content, data = (body, None) if isinstance(body, bytes) else (None, body)
    method = "POST" if body else "GET"
    request = client.build_request(method, url, headers=sent, json=data, content=content)
    return asyncio.run(_end_in_time(client, request, limits))


async def _end_in_time(
    client: httpx.AsyncClient, request: httpx.Request, limits: Limits
) -> BoundedAnswer:
    try:
        async with asyncio.timeout(limits.seconds), client:
            answer = await client.send(request, stream=True)
            return await _read(answer, limits.max_bytes)
    except TimeoutError:
        message = f"no whole answer within {limits.seconds:g} s"
        raise TimeoutError(message) from None


async def _read(answer: httpx.Response, max_bytes: int) -> BoundedAnswer:
    body = bytearray()
    try:
        async for piece in answer.aiter_raw():
            body += piece
            if len(body) > max_bytes:
                body.clear()
                break
    finally:
        await answer.aclose()
    return BoundedAnswer(answer.status_code, answer.headers, bytes(body))
