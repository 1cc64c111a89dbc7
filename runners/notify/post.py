"""One POST to a service of messages: short, bounded, to that address and to no other."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

import httpx

from bot.models.bounded_request import Limits, request_bounded
from bot.models.places import find_host_place
from bot.text.secrets import redact_line
from runners.notify.message import ChannelError

_LIMITS = Limits(seconds=10.0, connect_seconds=5.0, max_bytes=16 << 10)
_MAX_SHOWN = 200
_REDIRECTS = range(300, 400)
_SECONDS = re.compile(r"[0-9]{1,5}")


def post(url: str, headers: Mapping[str, str], content: bytes, secrets: Iterable[str]) -> None:
    """Raises ChannelError unless it was taken. `secrets` are in no word of that error.

    A redirect is not followed: a message would go where nobody has set.
    """
    secrets = tuple(secrets)
    try:
        # To reach this machine no proxy is needed: https://www.python-httpx.org/environment_variables/
        elsewhere = find_host_place(urlsplit(url).hostname or "") != "here"
        answer = request_bounded(url, _LIMITS, headers=headers, body=content, trust_env=elsewhere)
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as exc:
        raise ChannelError(redact_line(_explain(exc), secrets, max_characters=_MAX_SHOWN)) from None
    if httpx.codes.is_success(answer.status):
        return
    if answer.status in _REDIRECTS:
        what = "it redirects elsewhere, and no redirect is followed: set the address it leads to"
        raise ChannelError(f"{what} (HTTP {answer.status})")
    said = redact_line(answer.body.decode(errors="replace"), secrets, max_characters=_MAX_SHOWN)
    what = f"it answered HTTP {answer.status}{f': {said}' if said else ''}"
    raise ChannelError(what, retry_after=_read_pause(answer.headers.get("retry-after", "")))


def _explain(exc: Exception) -> str:
    return f"{type(exc).__name__}: {exc}" if str(exc) else type(exc).__name__


def _read_pause(value: str) -> float:
    """Seconds; a date is not read, as the own pauses do as well.

    https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    """
    return float(value) if _SECONDS.fullmatch(value) else 0.0
