"""One SQLite file that several processes share, any of which may find it broken."""

import logging
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from bot.locks import lock_exclusive, lock_shared, share_lock

MAX_CACHE_BYTES = 2 << 30
"""Bytes; a file that outgrew this is begun anew."""
LOCK_SECONDS = 5.0
"""Seconds that another process may keep us from it."""
LOCK_RETRY_SECONDS = 0.02
TABLES = ("words", "outlines")
CREATE_TABLE = (
    "create table if not exists {}(key text primary key, text text, sum int) without rowid;"
)
FILE_SUFFIXES = ("", "-wal", "-shm", "-journal")
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
            self._db = _connect("")
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = path.with_suffix(".lock").open("ab")
        try:
            self._db = self._open(path, self._lock)
        except (OSError, sqlite3.Error):
            self._lock.close()
            raise

    def select_rows(self, query: str, keys: Sequence[str]) -> list[tuple[Any, ...]]:
        return self._db.execute(query, keys).fetchall()

    def write_rows(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        with self._db:
            self._db.executemany(statement, rows)

    def close(self) -> None:
        self._db.close()
        if self._lock:
            self._lock.close()

    def replace_broken(self, wrong: sqlite3.Error) -> "CacheFile":
        """A good file in place of this one, which failed; a private one where that cannot be."""
        with suppress(sqlite3.Error):
            self._db.close()
        try:
            if self._remove_broken(wrong):
                return CacheFile(self.path)
        except (OSError, sqlite3.Error) as exc:
            log.warning("%s: %s; what is read now is not kept", self.path, exc)
        return CacheFile(None)

    def _remove_broken(self, wrong: sqlite3.Error) -> bool:
        """Not where others use it, nor for a full disk or a long wait: no faults of the file's."""
        if not self.path or not self._lock:
            return False
        with self._lock:
            if isinstance(wrong, sqlite3.OperationalError) or not lock_exclusive(self._lock):
                return False
            _remove_files(self.path)
            return True

    @staticmethod
    def _open(path: Path, lock: IO[bytes]) -> sqlite3.Connection:
        until = time.monotonic() + LOCK_SECONDS
        while not (alone := lock_exclusive(lock)) and not lock_shared(lock):
            if time.monotonic() > until:
                raise OSError(f"{path} is locked")
            time.sleep(LOCK_RETRY_SECONDS)
        db = _open_checked(path) if alone else _connect(path)
        share_lock(lock)
        return db


def _open_checked(path: Path) -> sqlite3.Connection:
    """The connection; what is broken or outgrown is removed first. Nobody else may use it."""
    if path.is_file() and path.stat().st_size > MAX_CACHE_BYTES:
        _remove_files(path)
    try:
        return _connect(path)
    except sqlite3.Error as exc:
        log.warning("%s: %s; it is begun anew", path, exc)
        _remove_files(path)
        return _connect(path)


def _remove_files(path: Path) -> None:
    for end in FILE_SUFFIXES:
        path.with_name(path.name + end).unlink(missing_ok=True)


def _connect(path: Path | str) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=LOCK_SECONDS, check_same_thread=False)
    try:
        db.execute("pragma journal_mode=wal")
        db.execute("pragma synchronous=off")  # a cache: what a power cut breaks is begun anew
        db.executescript("".join(map(CREATE_TABLE.format, TABLES)))
        for name in TABLES:
            db.execute(f"select key, text, sum from {name} limit 1")  # noqa: S608  # our words
    except sqlite3.Error:
        db.close()
        raise
    return db
