"""One question to a server of models, by GET or POST, for something that costs nothing."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from bot.github.server_clock import read_date
from bot.models.bounded_request import Limits, request_bounded
from bot.models.places import find_host_place
from bot.models.server_answers import read_object

TIMEOUT_SECONDS = 5.0
MAX_ANSWER_BYTES = 4 << 20
"""More than the longest chat template, and than the longest list of models."""
_LIMITS = Limits(TIMEOUT_SECONDS, TIMEOUT_SECONDS, MAX_ANSWER_BYTES)


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is 0 where there was no connection; `why` says so then. `data` is of its JSON.

    `ahead` is how many seconds the server's clock is ahead of this machine's; 0 where it is on it.
    """

    status: int
    data: Mapping[str, object] = field(default_factory=dict)
    why: str = ""
    ahead: float = 0.0

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004  # https://www.rfc-editor.org/rfc/rfc9110#section-15.3


def ask_server(
    url: str, headers: Mapping[str, str], body: Mapping[str, object] | None = None
) -> Answer:
    """What it answers within its time and size; anything else than an object has no data."""
    try:
        # To reach this machine no proxy is needed: https://www.python-httpx.org/environment_variables/
        elsewhere = find_host_place(urlsplit(url).hostname or "") != "here"
        answer = request_bounded(url, _LIMITS, headers=headers, body=body, trust_env=elsewhere)
        date = read_date(answer.headers) if elsewhere else None
        ahead = date - time.time() if date else 0.0
        return Answer(answer.status, read_object(answer.body), ahead=ahead)
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ValueError, OSError) as exc:
        return Answer(0, why=f"{type(exc).__name__}: {exc}" if str(exc) else type(exc).__name__)
