"""Whether anybody still wants what a model is asked for."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.models.model import LOOK_SECONDS


def _wanted() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Each says why nobody does; empty while somebody does. Asked from any thread, at any time.

    `explain`: nothing that could be answered would be used. `explain_unanswered`: a server that is
    down is not waited for any longer.
    """

    explain: Callable[[], str] = _wanted
    explain_unanswered: Callable[[], str] = _wanted

    def sleep(self, seconds: float, sleep: Callable[[float], None] = time.sleep) -> None:
        """No longer than until nobody wants it."""
        left = seconds
        while left > 0 and not (self.explain() or self.explain_unanswered()):
            sleep(pause := min(left, LOOK_SECONDS))
            left -= pause


NEVER = Cancellation()
