"""HTTP to one GitHub host: timed, bounded, retried where that is safe. Has no token of its own."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

import requests
from urllib3 import Retry
from urllib3.exceptions import HTTPError

from bot.github.errors import NotFoundError, TooLargeError, UnavailableError
from bot.github.guarded_connection import READING, Guard, GuardedAdapter
from bot.github.webhooks.fields import Field

MAX_ANSWER_BYTES = 64 << 20
"""Bytes. A hundred comments of GitHub's longest are 26 MB."""
MAX_ANSWER_SECONDS = 120.0
"""Seconds for one answer, however steadily it drips."""
_CHUNK = 1 << 16
_MAX_DIGITS = 16
_FROM = re.compile(r"bytes (\d{1,16})-")
_FAILED = 400


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` by lower-case names; `data` is the JSON, None for an empty body.

    `next_url` is the address of a list's next page.
    """

    status: int
    headers: dict[str, str]
    data: object
    next_url: str = ""

    @property
    def is_unchanged(self) -> bool:
        """The answer to an ETag that still holds: without a body, and not counted."""
        return self.status == HTTPStatus.NOT_MODIFIED

    @property
    def message(self) -> str:
        message = self.data.get("message") if isinstance(self.data, dict) else ""
        return message if isinstance(message, str) else ""

    @property
    def graphql_errors(self) -> frozenset[str]:
        """The kinds of what GraphQL refused; it answers 200 all the same."""
        errors = self.data.get("errors") if isinstance(self.data, dict) else None
        found = errors if isinstance(errors, list) else []
        return frozenset(str(error.get("type")) for error in found if isinstance(error, dict))

    @property
    def field(self) -> Field:
        return Field(self.data, "answer")


def parse_response(response: requests.Response) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    following = response.links.get("next", {}).get("url", "")
    data = _parsed(_whole(response), response.status_code)
    return Answer(response.status_code, headers, data, following)


def read_end(response: requests.Response, most: int) -> tuple[bytes, int]:
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
    """Unpacked, so that a small answer cannot grow large.

    Raises TooLargeError and UnavailableError.
    """
    end, size = time.monotonic() + MAX_ANSWER_SECONDS, 0
    try:
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            size += len(chunk)
            if size > MAX_ANSWER_BYTES:
                what = f"an answer of more than {MAX_ANSWER_BYTES >> 20} MiB"
                raise TooLargeError(what, status=response.status_code)
            if time.monotonic() > end:
                raise UnavailableError(
                    f"an answer was not whole after {MAX_ANSWER_SECONDS:.0f} seconds"
                )
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


CONNECT_SECONDS, READ_SECONDS = 10.0, 30.0
"""Seconds to connect, and for an answer to begin or to go on."""
_TRIES = 4
_REDIRECTS = 3
# https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
_MOVED = frozenset({301, 307, 308})
_FIXED = {
    "Accept": "application/vnd.github+json",
    "User-Agent": "bricklayer",
    "X-GitHub-Api-Version": "2022-11-28",
}
_BY_NAME = re.compile(r"(.*/repos/[^/?]+/[^/?]+)(/[^?]*)?(?:\?.*)?")
_BY_ID = re.compile(r"(.*/repositories/\d+)(/[^?]*)?(?:\?.*)?")

T = TypeVar("T")


class Transport:
    """Safe for many threads. GET and HEAD are tried four times, anything else once."""

    def __init__(self, api_url: str, backoff: float, guard: Guard) -> None:
        parts = urlsplit(api_url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._prefix = parts.path.rstrip("/")
        self._session = _session(backoff, guard)

    def resolve_url(self, url: str, query: Mapping[str, object] | None = None) -> str:
        """`url` is a path below the API's, or an address that GitHub gave.

        Of that only the path is taken: a token goes to the configured host whatever an answer says.
        """
        parts = urlsplit(url)
        path = f"{self._prefix}{parts.path}" if url.startswith("/") else parts.path
        parameters = "&".join(filter(None, [parts.query, urlencode(sorted((query or {}).items()))]))
        return f"{self._origin}{path}{'?' if parameters else ''}{parameters}"

    def send_request(
        self, verb: str, target: str, body: object, headers: Mapping[str, str]
    ) -> Answer:
        """Follows what a renamed repository answers.

        Raises UnavailableError where there is no answer.
        """
        data = None if body is None else json.dumps(body).encode()
        sent = {**_FIXED, **({"Content-Type": "application/json"} if data else {}), **headers}
        for _ in range(_REDIRECTS):
            answer = _send(self._session, verb, target, sent, parse_response, data)
            if answer.status not in _MOVED:
                return answer
            moved = self.resolve_url(answer.headers.get("location", ""))
            target = self._followed(target, moved, sent)
        raise UnavailableError("it redirects in circles", status=answer.status)

    def download_end(self, url: str, most: int) -> tuple[bytes, int]:
        """The end of a file at an address that GitHub gave, asked for without a token."""
        if not url.startswith("https://") and self._origin.startswith("https://"):
            raise UnavailableError("it offers a file by plain http")
        # Not retried by urllib3: it would write the signed address into the log.
        with requests.Session() as session:
            session.auth = _add_no_auth
            end = _send(session, "GET", url, {}, lambda response: _file(response, most))
            if isinstance(end, int):
                # A store of blobs gives a file from a byte on; the last so many it does not know:
                # https://learn.microsoft.com/en-us/rest/api/storageservices/specifying-the-range-header-for-blob-service-operations
                part = {"Range": f"bytes={end - most}-"}
                end = _send(session, "GET", url, part, lambda response: _part(response, most))
            return end

    def _followed(self, target: str, moved: str, headers: Mapping[str, str]) -> str:
        """Only where the whole repository has a new name: a moved issue is another's issue now."""
        old, new = _BY_NAME.fullmatch(target), _BY_ID.fullmatch(moved)
        if old and new and old[2] == new[2]:
            if old[2] is None:
                return moved
            answer = _send(self._session, "GET", old[1], headers, parse_response)
            if self.resolve_url(answer.headers.get("location", "")) == new[1]:
                return moved
        raise NotFoundError("it has moved to another place", status=301)


def _session(backoff: float, guard: Guard) -> requests.Session:
    session = requests.Session()
    # Anything here keeps requests from sending what ~/.netrc has for the host.
    session.auth = _add_no_auth
    retry = Retry(
        total=_TRIES - 1,
        allowed_methods=READING,
        status_forcelist={500, 502, 503, 504},
        backoff_factor=backoff,
        redirect=False,
        respect_retry_after_header=False,
        raise_on_status=False,
    )
    adapter = GuardedAdapter(guard, max_retries=retry, pool_maxsize=32)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _send(  # noqa: PLR0913, PLR0917
    session: requests.Session,
    verb: str,
    url: str,
    headers: Mapping[str, str],
    reader: Callable[[requests.Response], T],
    data: bytes | None = None,
) -> T:
    try:
        with session.request(
            verb,
            url,
            data=data,
            headers=dict(headers),
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as response:
            return reader(response)
    except requests.RequestException as exc:
        # Not its words: they quote the address, and a file's is signed.
        raise UnavailableError(f"no answer: {type(exc).__name__}") from None


def _file(response: requests.Response, most: int) -> tuple[bytes, int] | int:
    """The end of a file and how much is before it; of a large one only its size, in bytes."""
    if response.status_code in {requests.codes.not_found, requests.codes.gone}:
        raise NotFoundError("a file is not there", status=response.status_code)
    if response.status_code != requests.codes.ok:
        raise UnavailableError("a file could not be had", status=response.status_code)
    size = response.headers.get("content-length", "")
    is_plain = not response.headers.get("content-encoding")
    if is_plain and size.isdecimal() and len(size) < _MAX_DIGITS and int(size) > most:
        return int(size)
    return read_end(response, most)


def _part(response: requests.Response, most: int) -> tuple[bytes, int]:
    """From a byte on, or all of it where the server has no parts."""
    began = _FROM.match(response.headers.get("content-range", ""))
    if response.status_code == requests.codes.partial_content and began:
        kept, before = read_end(response, most)
        return kept, before + int(began[1])
    if response.status_code != requests.codes.ok:
        raise UnavailableError("a file could not be had", status=response.status_code)
    return read_end(response, most)


def _add_no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
