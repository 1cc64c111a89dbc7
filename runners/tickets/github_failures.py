"""Decides what follows a failure of GitHub: wait, go on without it, or raise."""

import logging
from collections.abc import Callable

from bot.github.errors import GitHubError, RateLimitedError, UnavailableError

log = logging.getLogger("bricklayer")
RETRY_SECONDS = 60.0
"""Until GitHub is asked again where it does not say when."""


def find_retry_time(exc: GitHubError, now: float) -> float | None:
    """When to ask again, in seconds since 1970; None where waiting alone changes nothing.

    GitHub says it itself when a rate limit is used up:
    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    if isinstance(exc, RateLimitedError):
        return exc.until
    return now + RETRY_SECONDS if isinstance(exc, UnavailableError) else None


def best_effort(what: str, act: Callable[[], object]) -> bool:
    """Whether it was done. For what a job can do without: a refusal is logged and no more.

    Raises RateLimitedError: then everything waits.
    """
    try:
        act()
    except RateLimitedError:
        # An integration that goes on asking while it is rate limited may be banned:
        # https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
        raise
    except GitHubError as exc:
        log.warning("%s: %s", what, exc)
        return False
    return True
