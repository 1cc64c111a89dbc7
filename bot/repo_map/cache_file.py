"""One SQLite file that several processes share, any of which may find it broken."""

import logging
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from bot.locks import lock_exclusive, lock_shared, share_lock

LARGEST = 2 << 30
"""Bytes; a file that outgrew this is begun anew."""
WAIT = 5.0
"""Seconds that another process may keep us from it."""
STEP = 0.02
TABLES = ("words", "outlines")
MAKE = "create table if not exists {}(key text primary key, text text, sum int) without rowid;"
BESIDE = ("", "-wal", "-shm", "-journal")
"""What SQLite adds to the file's name, for what belongs to it."""
log = logging.getLogger(__name__)


class CacheFile:
    """Without a path, a private file that ends with the process.

    Who uses the file has a shared lock on `NAME.lock`. It is made, checked and removed only under
    the exclusive one, so nobody loses it while at work on it: a write-ahead log of the old file
    beside the new one would break that too. Raises OSError or sqlite3.Error where it cannot be.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._lock: IO[bytes] | None = None
        if path is None:
            self._db = _connected("")
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = path.with_suffix(".lock").open("ab")
        try:
            self._db = self._opened(path, self._lock)
        except (OSError, sqlite3.Error):
            self._lock.close()
            raise

    def rows(self, asked: str, keys: Sequence[str]) -> list[tuple[Any, ...]]:
        return self._db.execute(asked, keys).fetchall()

    def write(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        with self._db:
            self._db.executemany(statement, rows)

    def close(self) -> None:
        self._db.close()
        if self._lock:
            self._lock.close()

    def begun_anew(self, wrong: sqlite3.Error) -> "CacheFile":
        """A good file in place of this one, which failed; a private one where that cannot be."""
        with suppress(sqlite3.Error):
            self._db.close()
        try:
            if self._removed(wrong):
                return CacheFile(self.path)
        except (OSError, sqlite3.Error) as exc:
            log.warning("%s: %s; what is read now is not kept", self.path, exc)
        return CacheFile(None)

    def _removed(self, wrong: sqlite3.Error) -> bool:
        """Not where others use it, nor for a full disk or a long wait: no faults of the file's."""
        if not self.path or not self._lock:
            return False
        with self._lock:
            if isinstance(wrong, sqlite3.OperationalError) or not lock_exclusive(self._lock):
                return False
            _remove(self.path)
            return True

    @staticmethod
    def _opened(path: Path, lock: IO[bytes]) -> sqlite3.Connection:
        until = time.monotonic() + WAIT
        while not (alone := lock_exclusive(lock)) and not lock_shared(lock):
            if time.monotonic() > until:
                raise OSError(f"{path} is locked")
            time.sleep(STEP)
        db = _sound(path) if alone else _connected(path)
        share_lock(lock)
        return db


def _sound(path: Path) -> sqlite3.Connection:
    """The connection; what is broken or outgrown is removed first. Nobody else may use it."""
    if path.is_file() and path.stat().st_size > LARGEST:
        _remove(path)
    try:
        return _connected(path)
    except sqlite3.Error as exc:
        log.warning("%s: %s; it is begun anew", path, exc)
        _remove(path)
        return _connected(path)


def _remove(path: Path) -> None:
    for end in BESIDE:
        path.with_name(path.name + end).unlink(missing_ok=True)


def _connected(path: Path | str) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=WAIT, check_same_thread=False)
    try:
        db.execute("pragma journal_mode=wal")
        db.execute("pragma synchronous=off")  # a cache: what a power cut breaks is begun anew
        db.executescript("".join(map(MAKE.format, TABLES)))
        for name in TABLES:
            db.execute(f"select key, text, sum from {name} limit 1")  # noqa: S608  # our words
    except sqlite3.Error:
        db.close()
        raise
    return db
