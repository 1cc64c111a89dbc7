"""The loop by which a server or worker cleans up after itself, beside what else it does."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from bot.config.machine import Settings
from runners.housekeeping.daily import clean_up_daily
from runners.supervisor import Loop, Supervisor

LOOK_SECONDS = 3600.0
"""Between two looks whether a day has passed."""
_BEAT_SECONDS = 10.0
_NICE = 15
"""Of at most 19: nobody waits for it."""


def start_clean_up(supervisor: Supervisor, settings: Settings) -> Loop:
    """Whoever calls this stops the loop; a clean-up may be cut off at any point."""

    def turn() -> float:
        # Of Linux a thread has a niceness of its own, and what it starts has the same:
        # https://man7.org/linux/man-pages/man2/setpriority.2.html (BUGS)
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        with _beating(loop):
            clean_up_daily(settings)
        return LOOK_SECONDS

    loop = supervisor.add("clean-up", turn)
    loop.start()
    return loop


@contextmanager
def _beating(loop: Loop) -> Iterator[None]:
    """To remove a large folder, or to pack a large mirror, takes minutes: that is no fault."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(_BEAT_SECONDS):
            loop.beat()

    threading.Thread(target=beat, daemon=True, name="clean-up-beat").start()
    try:
        yield
    finally:
        ended.set()
