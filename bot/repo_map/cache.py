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

VERSION = 2
"""Part of the file's name: goes up whenever the same bytes are read otherwise."""
AT_ONCE = 500
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
        self._one_at_a_time = Lock()
        self._told = False
        try:
            self._file = CacheFile((folder or cache_folder()) / f"context-{VERSION}.sqlite")
        except (OSError, sqlite3.Error, RuntimeError) as exc:
            log.warning("no cache: %s; what is read now is not kept", exc)
            self._file = CacheFile(None)

    def get(self, kind: str, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
        for some in parts(keys, AT_ONCE):
            yield from self._try(self._texts, kind, some) or ()

    def known(self, kind: str, keys: Sequence[str]) -> set[str]:
        """Those of the keys that are here."""
        found = (self._try(self._keys, kind, some) or () for some in parts(keys, AT_ONCE))
        return {key for some in found for key in some}

    def put(self, kind: str, rows: Iterable[tuple[str, str]]) -> None:
        summed = [(key, text, _sum(key, text)) for key, text in rows]
        self._try(self._write, kind, summed)

    def close(self) -> None:
        self._file.close()

    def _texts(self, kind: str, keys: Sequence[str]) -> list[tuple[str, str]]:
        asked = f"select key, text, sum from {kind} where key in ({_marks(keys)})"  # noqa: S608  # ours
        rows = self._file.rows(asked, keys)
        if not all(isinstance(text, str) and _sum(key, text) == given for key, text, given in rows):
            raise sqlite3.DatabaseError("a text is not what was written")
        return [(key, text) for key, text, _ in rows]

    def _keys(self, kind: str, keys: Sequence[str]) -> list[str]:
        asked = f"select key from {kind} where key in ({_marks(keys)})"  # noqa: S608  # ours
        return [key for (key,) in self._file.rows(asked, keys)]

    def _write(self, kind: str, rows: Sequence[tuple[str, str, int]]) -> None:
        self._file.write(f"insert or ignore into {kind} values (?, ?, ?)", rows)  # noqa: S608

    def _try(self, work: Callable[[str, Sequence[A]], T], kind: str, of: Sequence[A]) -> T | None:
        """Two lanes may ask at once, so one at a time: what fails replaces the file under it."""
        with self._one_at_a_time:
            try:
                return work(kind, of)
            except sqlite3.Error as exc:
                if not self._told:
                    log.warning("the cache %s failed: %s", self._file.path or "in memory", exc)
                self._told = True
                self._file = self._file.begun_anew(exc)
                return None


def _marks(keys: Sequence[str]) -> str:
    return ",".join("?" * len(keys))


def _sum(key: str, text: str) -> int:
    return crc32(f"{key} {text}".encode(errors="surrogatepass"))


def parts(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[at : at + size] for at in range(0, len(items), size))
