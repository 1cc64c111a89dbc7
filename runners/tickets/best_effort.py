"""What is asked of GitHub for people's comfort: a job does not stop where it is refused."""

import logging
from collections.abc import Callable

from bot.github.errors import GitHubError, Limited

log = logging.getLogger("bricklayer")


def courtesy(what: str, act: Callable[[], object]) -> bool:
    """Whether it was done. Raises Limited: then everything waits."""
    try:
        act()
    except Limited:
        raise
    except GitHubError as wrong:
        log.warning("%s: %s", what, wrong)
        return False
    return True
