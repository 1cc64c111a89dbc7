"""What a provider's error means for the chain, said in one line and without the key."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.text.secrets import redact_line

_RETRYABLE = frozenset({408, 409, 425, 429})
_SERVER = 500


@dataclass(frozen=True, slots=True)
class Explained:
    """`wait` in seconds, as the server asked."""

    why: str
    retryable: bool
    wait: float = 0.0


def explain(wrong: Exception, keys: Iterable[str], timeout: float, base_url: str = "") -> Explained:
    """A status decides where there is one. Without one, what was said was no answer: try again."""
    from pydantic_ai import exceptions as e  # noqa: PLC0415 loaded before, and slow to

    wait = max(0.0, getattr(wrong, "retry_after", None) or 0.0)
    said = _said(wrong, keys)
    match wrong:
        case TimeoutError() | e.ModelRequestTimeout() | e.ModelTimeoutError():
            found = Explained(f"no whole answer within {timeout:g} s", retryable=True)
        case e.ModelHTTPError(status_code=status):
            later = status in _RETRYABLE or status >= _SERVER
            found = Explained(f"HTTP {status}: {said}", retryable=later, wait=wait)
        case e.ModelConnectionError():
            found = Explained(f"no connection{_to(base_url, keys)}", retryable=True)
        case PermissionError() | e.ModelRequestRejectedError():
            found = Explained(said, retryable=False)
        case e.ModelAPIError() | ConnectionError():
            found = Explained(said, retryable=True, wait=wait)
        case _:
            found = Explained(f"not a reply: {type(wrong).__name__}: {said}", retryable=True)
    return found


def _to(base_url: str, keys: Iterable[str]) -> str:
    """Where to, and what a person can do about it."""
    if not base_url:
        return ": look at the network"
    where = redact_line(address(base_url), keys)
    return f" to {where}: start that server, or mend the tier's base_url"


def address(base_url: str) -> str:
    """Without a user, a word or a query in it."""
    return re.sub(r"//[^/]*@", "//", base_url).partition("?")[0]


def _said(wrong: Exception, keys: Iterable[str]) -> str:
    """A server's own message where its body has one, else the error's."""
    body = getattr(wrong, "body", None)
    inner = body.get("error", body) if isinstance(body, dict) else None
    message = inner.get("message") if isinstance(inner, dict) else None
    return redact_line(str(message or body or wrong), keys)
