"""What a provider's error means for the chain, said in one line and without the key."""

import base64
import re
from dataclasses import dataclass

LONGEST = 300
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_RETRYABLE = frozenset({408, 409, 425, 429})
_SERVER = 500
SHORTEST_KEY = 6
"""A key shorter than this is no secret, and striking it out would hide words."""


@dataclass(frozen=True, slots=True)
class Explained:
    """`wait` in seconds, as the server asked."""

    why: str
    retryable: bool
    wait: float = 0.0


def explain(wrong: Exception, key: str | None, timeout: float) -> Explained:
    """A status decides where there is one. Without one, what was said was no answer: try again."""
    from pydantic_ai import exceptions as e  # noqa: PLC0415 loaded before, and slow to

    wait = max(0.0, getattr(wrong, "retry_after", None) or 0.0)
    said = _said(wrong, key)
    match wrong:
        case TimeoutError() | e.ModelRequestTimeout() | e.ModelTimeoutError():
            found = Explained(f"no whole answer within {timeout:g} s", retryable=True)
        case e.ModelHTTPError(status_code=status):
            later = status in _RETRYABLE or status >= _SERVER
            found = Explained(f"HTTP {status}: {said}", retryable=later, wait=wait)
        case e.ModelConnectionError():
            found = Explained(f"no connection: {said}", retryable=True)
        case PermissionError() | e.ModelRequestRejectedError():
            found = Explained(said, retryable=False)
        case e.ModelAPIError() | ConnectionError():
            found = Explained(said, retryable=True, wait=wait)
        case _:
            found = Explained(f"not a reply: {type(wrong).__name__}: {said}", retryable=True)
    return found


def redacted(text: str, key: str | None, *, most: int = LONGEST) -> str:
    """One bounded line without the key, whole or by its halves, as servers like to echo it.

    `most` characters are kept: of the beginning, or where it is negative, of the end.
    """
    for secret in _forms(key):
        text = text.replace(secret, "[key]")
    line = " ".join(_CONTROL.sub(" ", text).split())
    if len(line) <= abs(most):
        return line
    return f"... {line[most:]}" if most < 0 else f"{line[:most]} ..."


def _said(wrong: Exception, key: str | None) -> str:
    """A server's own message where its body has one, else the error's."""
    body = getattr(wrong, "body", None)
    inner = body.get("error", body) if isinstance(body, dict) else None
    message = inner.get("message") if isinstance(inner, dict) else None
    return redacted(str(message or body or wrong), key)


def _forms(key: str | None) -> tuple[str, ...]:
    if key is None or len(key) < SHORTEST_KEY:
        return ()
    half = len(key) // 2
    halves = (key[:half], key[half:]) if half >= SHORTEST_KEY else ()
    return (key, base64.b64encode(key.encode()).decode(), *halves)
