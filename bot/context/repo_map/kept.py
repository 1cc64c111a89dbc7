"""The cache: what was read of a blob, by its SHA, for every branch and job of this machine."""

import json
import logging
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from bot.context.code import Outline, Symbol
from bot.context.repo_map.reading import Read

VERSION = 1
"""Part of the file's name: goes up whenever the same bytes are read otherwise."""
AT_ONCE = 500
"""Keys asked for in one statement."""
LARGEST = 2 << 30
"""Bytes; a cache that outgrew this is begun anew."""
WAIT = 5.0
"""Seconds that another process may hold the file."""
_TABLES = """
create table if not exists words(key text primary key, length int, counts text, why text);
create table if not exists outlines(key text primary key, outline text);
"""
T = TypeVar("T")
log = logging.getLogger(__name__)


def cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bricklayer"


class Kept:
    """One SQLite file. A cache that cannot be read or written is told in the log, and done without.

    What it holds follows from the bytes alone, so two processes that write the same key agree.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._path = (folder or cache_folder()) / f"context-{VERSION}.sqlite"
        self._db = _opened(self._path)

    def words(self, keys: Sequence[str]) -> Iterator[tuple[str, Read]]:
        for key, length, counts, why in self._rows("words", keys):
            yield key, Read(json.loads(counts), int(length), why)

    def outlines(self, keys: Sequence[str]) -> Iterator[tuple[str, Outline]]:
        for key, text in self._rows("outlines", keys):
            yield key, _outline(json.loads(text))

    def known(self, keys: Sequence[str]) -> set[str]:
        """Those of the keys whose words are here."""
        return {key for key, *_ in self._rows("words", keys, "key")}

    def keep_words(self, found: Mapping[str, Read]) -> None:
        rows = ((k, r.length, _json(r.counts), r.left_out) for k, r in found.items())
        self._write("insert or ignore into words values (?, ?, ?, ?)", rows)

    def keep_outlines(self, found: Mapping[str, Outline]) -> None:
        rows = ((key, _json(_data(one))) for key, one in found.items())
        self._write("insert or ignore into outlines values (?, ?)", rows)

    def close(self) -> None:
        self._db.close()

    def _rows(self, table: str, keys: Sequence[str], columns: str = "*") -> Iterator[Sequence[str]]:
        for part in parts(keys, AT_ONCE):
            marks = ",".join("?" * len(part))
            asked = f"select {columns} from {table} where key in ({marks})"  # noqa: S608  # our words
            yield from self._try(lambda a=asked, p=part: self._db.execute(a, p).fetchall(), [])  # type: ignore[misc]

    def _write(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        def write() -> None:
            with self._db:
                self._db.executemany(statement, rows)

        self._try(write, None)

    def _try(self, work: Callable[[], T], otherwise: T) -> T:
        try:
            return work()
        except sqlite3.Error as wrong:
            log.warning("%s: %s; the map is made without it this time", self._path, wrong)
            return otherwise


def parts(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[at : at + size] for at in range(0, len(items), size))


def _opened(path: Path) -> sqlite3.Connection:
    """The cache's connection; a broken or outgrown file is removed, an unusable place avoided."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() and path.stat().st_size > LARGEST:
            path.unlink()
        return _connected(path)
    except sqlite3.DatabaseError as broken:
        log.warning("%s: %s; it is begun anew", path, broken)
        path.unlink(missing_ok=True)
        return _connected(path)
    except OSError as wrong:
        log.warning("%s: %s; nothing read now is kept for the next time", path, wrong)
        return _connected(":memory:")


def _connected(path: Path | str) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=WAIT, check_same_thread=False)
    try:
        db.execute("pragma journal_mode=wal")
        db.execute("pragma synchronous=off")  # a cache: what a power cut breaks is begun anew
        db.executescript(_TABLES)
    except sqlite3.Error:
        db.close()
        raise
    return db


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _data(one: Outline) -> list[object]:
    symbols = [[s.name, s.kind, s.first, s.last, s.signature, s.owner] for s in one.symbols]
    return [one.language, symbols, one.references, one.imports]


def _outline(data: list[list[list[str]]]) -> Outline:
    language, symbols, references, imports = data
    return Outline(
        str(language),
        tuple(Symbol(*one) for one in symbols),  # type: ignore[arg-type]  # as _data wrote them
        tuple((str(name), int(line)) for name, line in references),
        tuple(map(str, imports)),
    )
