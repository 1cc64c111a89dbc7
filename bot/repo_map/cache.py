"""What was read of a blob, by its SHA, for every branch and job of this machine.

One SQLite file that several processes share, any of which may find it broken.
"""

import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import IO, Any, TypeVar
from zlib import crc32

from bot.config.paths import find_cache_home
from bot.config.private_dir import make_private
from bot.errors import UserError
from bot.locks import lock_exclusive, lock_shared, share_lock

T = TypeVar("T")
A = TypeVar("A")
MAX_CACHE_BYTES = 2 << 30
"""A file that outgrew this is begun anew."""
LOCK_SECONDS = 5.0
"""How long another process may keep us from it."""
LOCK_RETRY_SECONDS = 0.02
TABLES = ("words", "outlines", "lines", "postings", "bases")
CREATE_TABLE = (
    "create table if not exists {}(key text primary key, text text, sum int) without rowid;"
)
FILE_SUFFIXES = ("", "-wal", "-shm", "-journal")
"""What SQLite adds to the file's name, for what belongs to it: https://sqlite.org/tempfiles.html"""
log = logging.getLogger(__name__)


class CacheFile:
    """Without a path, a private file that ends with the process.

    Who uses the file has a shared lock on `NAME.lock`. It is made, checked and removed only under
    the exclusive one, so nobody loses it while at work on it. A write-ahead log of the old file
    beside the new one would corrupt that too: https://sqlite.org/howtocorrupt.html.
    Raises OSError or sqlite3.Error where it cannot be.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._lock: IO[bytes] | None = None
        if path is None:
            self._db = _connect("")
            return
        make_private(path.parent)
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

    def replace_rows(
        self,
        deletion: str,
        deleted: Sequence[object],
        statement: str,
        rows: Iterable[Sequence[object]],
    ) -> None:
        with self._db:
            self._db.execute(deletion, deleted)
            self._db.executemany(statement, rows)

    def close(self) -> None:
        self._db.close()
        if self._lock:
            self._lock.close()

    def replace_broken(self, cause: sqlite3.Error) -> "CacheFile":
        """A good file in place of this one, which failed; a private one where that cannot be."""
        with suppress(sqlite3.Error):
            self._db.close()
        try:
            if self._remove_broken(cause):
                return CacheFile(self.path)
        except (OSError, sqlite3.Error) as exc:
            log.warning("%s: %s; what is read now is not kept", self.path, exc)
        return CacheFile(None)

    def _remove_broken(self, exc: sqlite3.Error) -> bool:
        """Not where others use it, nor for a full disk or a long wait: no faults of the file's."""
        # Those are OperationalErrors: https://docs.python.org/3.11/library/sqlite3.html#exceptions
        if not self.path or not self._lock:
            return False
        with self._lock:
            if isinstance(exc, sqlite3.OperationalError) or not lock_exclusive(self._lock):
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
        db.execute("pragma journal_mode=wal")  # readers go on while one writes
        # A power cut may corrupt the file then (https://sqlite.org/pragma.html#pragma_synchronous):
        # it is a cache, and begun anew.
        db.execute("pragma synchronous=off")
        db.executescript("".join(map(CREATE_TABLE.format, TABLES)))
        for name in TABLES:
            db.execute(f"select key, text, sum from {name} limit 1")  # noqa: S608  # our words
    except sqlite3.Error:
        db.close()
        raise
    return db


CACHE_VERSION = 5
"""Part of the file's name: raise it whenever the same bytes are read or stored otherwise,
or a file's role is another."""
KEYS_PER_QUERY = 500
"""Below the least SQLITE_MAX_VARIABLE_NUMBER, 999: https://sqlite.org/limits.html"""


def cache_folder() -> Path:
    """Raises UserError where the account has no home."""
    return find_cache_home() / "bricklayer"


class BlobCache:
    """Texts by kind and key. A cache that fails is logged once, and then done without.

    What it holds follows from the bytes alone, so two processes that write the same key agree.
    Each text has its checksum: SQLite sees broken structure, not a broken value.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._lock = Lock()
        self._warned = False
        try:
            self._file = CacheFile((folder or cache_folder()) / f"context-{CACHE_VERSION}.sqlite")
        except (OSError, sqlite3.Error, UserError) as exc:
            log.warning("no cache: %s; what is read now is not kept", exc)
            self._file = CacheFile(None)

    def read_texts(self, kind: str, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
        for chunk in split_chunks(keys, KEYS_PER_QUERY):
            yield from self._run_query(self._select_texts, kind, chunk) or ()

    def known_keys(self, kind: str, keys: Sequence[str]) -> set[str]:
        """Those of the keys that are here."""
        found = (
            self._run_query(self._select_keys, kind, chunk) or ()
            for chunk in split_chunks(keys, KEYS_PER_QUERY)
        )
        return {key for keys_here in found for key in keys_here}

    def write_texts(self, kind: str, rows: Iterable[tuple[str, str]]) -> None:
        summed = [(key, text, _checksum(key, text)) for key, text in rows]
        self._run_query(self._insert_texts, kind, summed)

    def replace_texts(self, kind: str, prefix: str, rows: Iterable[tuple[str, str]]) -> None:
        """Take away every text whose key starts so, and write these, all at once."""
        summed = [(key, text, _checksum(key, text)) for key, text in rows]
        self._run_query(
            lambda _, some: self._file.replace_rows(
                f"delete from {kind} where key >= ? and key < ?",  # noqa: S608  # our words
                (prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)),
                f"insert or replace into {kind} values (?, ?, ?)",  # noqa: S608
                some,
            ),
            kind,
            summed,
        )

    def close(self) -> None:
        self._file.close()

    def _select_texts(self, kind: str, keys: Sequence[str]) -> list[tuple[str, str]]:
        query = f"select key, text, sum from {kind} where key in ({_placeholders(keys)})"  # noqa: S608  # ours
        rows = self._file.select_rows(query, keys)
        if not all(
            isinstance(text, str) and _checksum(key, text) == checksum
            for key, text, checksum in rows
        ):
            raise sqlite3.DatabaseError("a text is not what was written")
        return [(key, text) for key, text, _ in rows]

    def _select_keys(self, kind: str, keys: Sequence[str]) -> list[str]:
        query = f"select key from {kind} where key in ({_placeholders(keys)})"  # noqa: S608  # ours
        return [key for (key,) in self._file.select_rows(query, keys)]

    def _insert_texts(self, kind: str, rows: Sequence[tuple[str, str, int]]) -> None:
        self._file.write_rows(f"insert or ignore into {kind} values (?, ?, ?)", rows)  # noqa: S608

    def _run_query(
        self, work: Callable[[str, Sequence[A]], T], kind: str, of: Sequence[A]
    ) -> T | None:
        """One at a time, for two lanes may ask at once and a failure replaces the file."""
        with self._lock:
            try:
                return work(kind, of)
            except sqlite3.Error as exc:
                if not self._warned:
                    log.warning("the cache %s failed: %s", self._file.path or "in memory", exc)
                self._warned = True
                self._file = self._file.replace_broken(exc)
                return None


def _placeholders(keys: Sequence[str]) -> str:
    return ",".join("?" * len(keys))


def _checksum(key: str, text: str) -> int:
    return crc32(f"{key} {text}".encode(errors="surrogatepass"))


def split_chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[at : at + size] for at in range(0, len(items), size))
