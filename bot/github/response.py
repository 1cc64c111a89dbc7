"""One answer of GitHub's, read within bounds of size and time."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

import requests
from urllib3.exceptions import HTTPError

from bot.github.errors import TooLargeError, UnavailableError
from bot.github.webhooks.fields import Field

LARGEST = 64 << 20
"""Bytes. A hundred comments of GitHub's longest are 26 MB."""
LONGEST = 120.0
"""Seconds for one answer, however steadily it drips."""
_CHUNK = 1 << 16
_FAILED = 400


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` by lower-case names; `data` is the JSON, None for an empty body.

    `following` is the address of a list's next page.
    """

    status: int
    headers: dict[str, str]
    data: object
    following: str = ""

    @property
    def message(self) -> str:
        told = self.data.get("message") if isinstance(self.data, dict) else ""
        return told if isinstance(told, str) else ""

    @property
    def faults(self) -> frozenset[str]:
        """The kinds of what GraphQL refused; it answers 200 all the same."""
        errors = self.data.get("errors") if isinstance(self.data, dict) else None
        found = errors if isinstance(errors, list) else []
        return frozenset(str(error.get("type")) for error in found if isinstance(error, dict))

    @property
    def field(self) -> Field:
        return Field(self.data, "answer")


def read(response: requests.Response) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    following = response.links.get("next", {}).get("url", "")
    data = _parsed(_whole(response), response.status_code)
    return Answer(response.status_code, headers, data, following)


def ending(response: requests.Response, most: int) -> tuple[bytes, int]:
    """The last `most` bytes of a file, and how many there were before them."""
    kept, size = bytearray(), 0
    for chunk in _chunks(response):
        kept += chunk
        size += len(chunk)
        del kept[:-most]
    return bytes(kept), size - len(kept)


def _whole(response: requests.Response) -> bytes:
    return b"".join(_chunks(response))


def _chunks(response: requests.Response) -> Iterator[bytes]:
    """Unpacked, so that a small answer cannot grow large. Raises TooMuch and Down."""
    end, size = time.monotonic() + LONGEST, 0
    try:
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            size += len(chunk)
            if size > LARGEST:
                what = f"an answer of more than {LARGEST >> 20} MiB"
                raise TooLargeError(what, status=response.status_code)
            if time.monotonic() > end:
                raise UnavailableError(f"an answer was not whole after {LONGEST:.0f} seconds")
            yield chunk
    except (HTTPError, OSError) as exc:
        raise UnavailableError(f"an answer broke off: {type(exc).__name__}") from None


def _parsed(raw: bytes, status: int) -> object:
    """The body of an error may be a proxy's page; any other must be JSON."""
    if not raw.strip():
        return None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        if status >= _FAILED:
            return None
        raise UnavailableError("an answer was not JSON", status=status) from None
