"""Names that are no longer good: of sessions that were ended, and of links that were used.

What is signed stays valid wherever it was copied to, so what was ended is noted, in a file of the
state folder: a restart makes none of it good again.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

SPENT_FILE = "dashboard.spent"
MAX_KEPT = 10_000
"""Lines; what has run out by itself goes when there are more."""
log = logging.getLogger("bricklayer")


class SpentNames:
    """Without a `path` for as long as this process runs. Safe for many threads."""

    def __init__(self, path: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._until = _read(path) if path else {}
        self._lock = threading.Lock()

    def __contains__(self, name: str) -> bool:
        with self._lock:
            return name in self._until

    def spend(self, name: str, seconds: float) -> bool:
        """Whether it was still good. After so many seconds it is no longer good by itself."""
        with self._lock:
            if name in self._until:
                return False
            until = self._until[name] = self._clock() + seconds
            try:
                self._note(name, until)
            except OSError as exc:
                what = "cannot be noted as ended, so a restart makes it good again"
                log.error("%s: a session or link of the dashboard %s: %s", self._path, what, exc)  # noqa: TRY400
            return True

    def _note(self, name: str, until: float) -> None:
        if self._path is None:
            return
        if len(self._until) > MAX_KEPT:
            self._drop_old(self._path)
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        with os.fdopen(os.open(self._path, flags, 0o600), "a", encoding="utf-8") as file:
            file.write(f"{until:.0f} {name}\n")

    def _drop_old(self, path: Path) -> None:
        now = self._clock()
        self._until = {name: until for name, until in self._until.items() if until > now}
        draft = path.with_name(f".{path.name}.new")
        lines = (f"{until:.0f} {name}\n" for name, until in self._until.items())
        draft.write_text("".join(lines), encoding="utf-8")
        draft.replace(path)


def _read(path: Path) -> dict[str, float]:
    """A line that was cut off by a loss of power is passed over."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return {}
    parts = (line.partition(" ") for line in lines)
    return {name: float(until) for until, _, name in parts if until.isdecimal() and name}
