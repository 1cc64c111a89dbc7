"""What a provider's error means for the chain, in one line and without the key."""

import json
import re
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from bot.config.tiers import TierSettings
from bot.models.model import Cause, is_retryable_status
from bot.models.quota import read_reset_seconds, read_wait_seconds
from bot.models.server_refusals import (
    MAX_SEARCHED_CHARACTERS,
    NO_CREDIT,
    find_message,
    find_refusal_cause,
)
from bot.text.secrets import redact_line


@dataclass(frozen=True, slots=True)
class ErrorExplanation:
    """`wait` in seconds, as the server asked; `window` in tokens, as it said."""

    why: str
    retryable: bool
    wait: float = 0.0
    cause: Cause = ""
    window: int = 0


# 400 Bad Request, 422 Unprocessable Content: https://www.rfc-editor.org/rfc/rfc9110#section-15.5
_BAD_REQUEST = 400
_REFUSED_STATUSES = frozenset({_BAD_REQUEST, 422})


def find_refused_key(error: Exception, names: Collection[str]) -> str:
    """Which of these keys of a request the server refused it for; empty for another error."""
    if getattr(error, "status_code", 0) not in _REFUSED_STATUSES:
        return ""
    message = _error_message(error, ())
    # The longest first, since one name may be a part of another.
    found = (name for name in sorted(names, key=len, reverse=True) if _names_key(message, name))
    return next(found, "")


def _names_key(message: str, name: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", message) is not None


def explain_error(error: Exception, keys: Iterable[str], tier: TierSettings) -> ErrorExplanation:
    """An HTTP status decides where there is one; without one, the call is worth another try."""
    explanation = _explain(error, keys, tier)
    if explanation.cause not in {"outage", "settings"} or explanation.wait:
        return explanation
    # Without the header, some say it in words, some in fields of the body.
    body = json.dumps(getattr(error, "body", None), default=str)[:MAX_SEARCHED_CHARACTERS]
    said = f"{explanation.why[:MAX_SEARCHED_CHARACTERS]} {body}"
    if explanation.cause == "outage":
        return replace(explanation, wait=read_wait_seconds(said, time.time()))
    # A limit of what may be spent that ends by itself within days is a quota.
    if NO_CREDIT.search(said) and (wait := read_reset_seconds(said, time.time())):
        return replace(explanation, retryable=True, wait=wait, cause="outage")
    return explanation


def _explain(error: Exception, keys: Iterable[str], tier: TierSettings) -> ErrorExplanation:
    from pydantic_ai import exceptions as e  # noqa: PLC0415 loaded before, and slow to

    # pydantic-ai reads the Retry-After header, seconds or a date, into `retry_after`.
    # https://ai.pydantic.dev/api/exceptions/
    wait = max(0.0, getattr(error, "retry_after", None) or 0.0)
    message, body = _error_message(error, keys), getattr(error, "body", None)
    match error:
        case TimeoutError() | e.ModelRequestTimeout() | e.ModelTimeoutError():
            why = f"no whole answer within {tier.timeout:g} s"
            explanation = ErrorExplanation(why, retryable=True, cause="outage")
        case e.ModelHTTPError(status_code=status):
            fix = _explain_refused_key(error, tier)
            cause, window = find_refusal_cause(status, body, message)
            explanation = ErrorExplanation(
                f"HTTP {status}: {fix}{message}",
                retryable=cause == "outage"
                or (is_retryable_status(status) and cause not in {"window", "settings"}),
                wait=wait,
                cause="settings" if fix else cause,
                window=window,
            )
        case e.ModelConnectionError():
            explanation = ErrorExplanation(
                f"no connection{_describe_server(tier.base_url, keys)}",
                retryable=True,
                cause="unreached",
            )
        case PermissionError() | e.ModelRequestRejectedError():
            explanation = ErrorExplanation(message, retryable=False)
        case e.ModelAPIError() | ConnectionError():
            # An error may also come as an event of a stream that began well.
            cause, window = find_refusal_cause(_BAD_REQUEST, body, message)
            explanation = ErrorExplanation(
                message,
                retryable=not cause,
                wait=wait,
                cause=cause or "outage",
                window=window,
            )
        case e.UnexpectedModelBehavior():
            # llama.cpp's older server answers a prompt beyond its window with an empty stream.
            why = (
                "the server's answer holds no reply: check that base_url and the kind fit it, and "
                "that `context` is no larger than the server's window"
            )
            explanation = ErrorExplanation(why, retryable=True, cause="outage")
        case _:
            explanation = ErrorExplanation(
                f"not a reply: {type(error).__name__}: {message}", retryable=True, cause="outage"
            )
    return explanation


def _explain_refused_key(error: Exception, tier: TierSettings) -> str:
    """What to take out of the settings, where the server refuses a key that a person put there."""
    sampling = {name for name, value in tier.sampling if value is not None}
    for setting, names in (("extra", tier.extra.keys()), ("sampling", sampling)):
        if key := find_refused_key(error, names):
            return f"the server does not know `{key}`: take it out of {tier.table} {setting}: "
    return ""


def _describe_server(base_url: str, keys: Iterable[str]) -> str:
    """Where to, and what a person can do about it."""
    if not base_url:
        return ": check the network"
    where = redact_line(strip_credentials(base_url), keys)
    return f" to {where}: start that server, or fix the tier's base_url"


def strip_credentials(base_url: str) -> str:
    """The URL without user, password and query."""
    return re.sub(r"//[^/]*@", "//", base_url).partition("?")[0]


def _error_message(error: Exception, keys: Iterable[str]) -> str:
    """A server's own message where its body has one, else the error's."""
    body = getattr(error, "body", None)
    return redact_line(find_message(body) or str(body or error), keys)
