"""The cache: what was read of a blob, by its SHA, for every branch and job of this machine."""

import logging
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import TypeVar
from zlib import crc32

from bot.repo_map.cache_file import CacheFile

CACHE_VERSION = 2
"""Part of the file's name: goes up whenever the same bytes are read otherwise."""
KEYS_PER_QUERY = 500
"""Keys asked for in one statement."""
T = TypeVar("T")
A = TypeVar("A")
log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Raises RuntimeError where the account has no home."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bricklayer"


class BlobCache:
    """Texts by kind and key. A cache that fails is told in the log once, and done without.

    What it holds follows from the bytes alone, so two processes that write the same key agree.
    Each text has its checksum: SQLite sees broken structure, not a broken value.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._lock = Lock()
        self._warned = False
        try:
            self._file = CacheFile((folder or cache_folder()) / f"context-{CACHE_VERSION}.sqlite")
        except (OSError, sqlite3.Error, RuntimeError) as exc:
            log.warning("no cache: %s; what is read now is not kept", exc)
            self._file = CacheFile(None)

    def read_texts(self, kind: str, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
        for some in split_chunks(keys, KEYS_PER_QUERY):
            yield from self._run_query(self._select_texts, kind, some) or ()

    def known_keys(self, kind: str, keys: Sequence[str]) -> set[str]:
        """Those of the keys that are here."""
        found = (
            self._run_query(self._select_keys, kind, some) or ()
            for some in split_chunks(keys, KEYS_PER_QUERY)
        )
        return {key for some in found for key in some}

    def write_texts(self, kind: str, rows: Iterable[tuple[str, str]]) -> None:
        summed = [(key, text, _checksum(key, text)) for key, text in rows]
        self._run_query(self._insert_texts, kind, summed)

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
        """Two lanes may ask at once, so one at a time: what fails replaces the file under it."""
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
