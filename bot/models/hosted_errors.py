"""What a provider's error means for the chain, said in one line and without the key."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.text.secrets import redact_line

_RETRYABLE_STATUSES = frozenset({408, 409, 425, 429})
_FIRST_SERVER_ERROR_STATUS = 500


@dataclass(frozen=True, slots=True)
class ErrorExplanation:
    """`wait` in seconds, as the server asked."""

    why: str
    retryable: bool
    wait: float = 0.0


def explain_error(
    error: Exception, keys: Iterable[str], timeout: float, base_url: str = ""
) -> ErrorExplanation:
    """A status decides where there is one. Without one, what was said was no answer: try again."""
    from pydantic_ai import exceptions as e  # noqa: PLC0415 loaded before, and slow to

    wait = max(0.0, getattr(error, "retry_after", None) or 0.0)
    said = _error_message(error, keys)
    match error:
        case TimeoutError() | e.ModelRequestTimeout() | e.ModelTimeoutError():
            found = ErrorExplanation(f"no whole answer within {timeout:g} s", retryable=True)
        case e.ModelHTTPError(status_code=status):
            later = status in _RETRYABLE_STATUSES or status >= _FIRST_SERVER_ERROR_STATUS
            found = ErrorExplanation(f"HTTP {status}: {said}", retryable=later, wait=wait)
        case e.ModelConnectionError():
            found = ErrorExplanation(
                f"no connection{_describe_server(base_url, keys)}", retryable=True
            )
        case PermissionError() | e.ModelRequestRejectedError():
            found = ErrorExplanation(said, retryable=False)
        case e.ModelAPIError() | ConnectionError():
            found = ErrorExplanation(said, retryable=True, wait=wait)
        case _:
            found = ErrorExplanation(f"not a reply: {type(error).__name__}: {said}", retryable=True)
    return found


def _describe_server(base_url: str, keys: Iterable[str]) -> str:
    """Where to, and what a person can do about it."""
    if not base_url:
        return ": look at the network"
    where = redact_line(strip_credentials(base_url), keys)
    return f" to {where}: start that server, or mend the tier's base_url"


def strip_credentials(base_url: str) -> str:
    """Without a user, a word or a query in it."""
    return re.sub(r"//[^/]*@", "//", base_url).partition("?")[0]


def _error_message(error: Exception, keys: Iterable[str]) -> str:
    """A server's own message where its body has one, else the error's."""
    body = getattr(error, "body", None)
    inner = body.get("error", body) if isinstance(body, dict) else None
    message = inner.get("message") if isinstance(inner, dict) else None
    return redact_line(str(message or body or error), keys)
