"""Whether a worker has room to take work: none below the disk's floor, nor right after it was.

Work makes the disk fuller as soon as it begins, and stops at its next step where that is too much.
With one and the same limit for both a worker would take the same and give it back for ever.
"""

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.config.machine import Settings
from runners.disk_floor import MAKE_ROOM, Room, find_short_room

log = logging.getLogger("bricklayer")
SPARE = 1.25
"""Of the floor has to be free before a worker that was below it takes work again."""


@dataclass(slots=True)
class DiskGate:
    """Safe for many threads. `clock` is in seconds since 1970."""

    settings: Settings
    clock: Callable[[], float] = time.time
    _since: float = 0.0
    _refusal: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find_refusal(self) -> str:
        """Why no work is taken now, and since when; empty where some is. Each change is logged."""
        with self._lock:
            short = find_short_room(self.settings, SPARE if self._since else 1.0)
            if short:
                self._shut(short)
            else:
                self._open()
            return self._refusal

    def note_stop(self) -> None:
        """Work stopped here for the floor; its end may have made just as much room again."""
        with self._lock:
            self._since = self._since or self.clock()

    def _shut(self, short: Room) -> None:
        if self._refusal:
            return
        self._since = self._since or self.clock()
        since = dt.datetime.fromtimestamp(self._since, dt.UTC)
        least = int(SPARE * short.find_floor(self.settings)) >> 20
        self._refusal = (
            f"too little disk is free since {since:%Y-%m-%d %H:%M} UTC:"
            f" {least} MiB are wanted where {short.what} lies ({short.folder})"
        )
        log.error("no work is taken, until there is room: %s\n  %s", self._refusal, MAKE_ROOM)

    def _open(self) -> None:
        if self._refusal:
            lasted = max(0.0, self.clock() - self._since)
            log.warning("work is taken again: there is room, after %.0f s", lasted)
        self._since, self._refusal = 0.0, ""
