"""What is asked of GitHub for people's comfort: a job does not stop where it is refused."""

import logging
from collections.abc import Callable

from bot.github.errors import GitHubError, RateLimitedError

log = logging.getLogger("bricklayer")


def best_effort(what: str, act: Callable[[], object]) -> bool:
    """Whether it was done. Raises Limited: then everything waits."""
    try:
        act()
    except RateLimitedError:
        raise
    except GitHubError as exc:
        log.warning("%s: %s", what, exc)
        return False
    return True
