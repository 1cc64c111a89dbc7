"""A write whose answer did not arrive: look whether it took effect before it is made again."""

from collections.abc import Callable
from typing import TypeVar

from bot.github.errors import UnavailableError

TRIES = 3
T = TypeVar("T")


def written(
    act: Callable[[], T], look: Callable[[], T | None], sleep: Callable[[float], None]
) -> T:
    """What `act` gives, or `look` finds: None there means that nothing was done."""
    for pause in range(1, TRIES):
        try:
            return act()
        except UnavailableError:
            sleep(float(pause))
        if (found := look()) is not None:
            return found
    return act()


def repeated(act: Callable[[], T], sleep: Callable[[float], None]) -> T:
    """For what leaves the same behind however often it is done."""
    return written(act, lambda: None, sleep)
