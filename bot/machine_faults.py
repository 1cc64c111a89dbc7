"""Tells what this machine or its database lacks from faults of ours: in one sentence, what to do.

By what the system's, SQLite's and PostgreSQL's errors say of themselves, through whatever raised
them: none of these libraries is imported here.
"""

import errno
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.errors import GitError
from bot.system_errors import explain_system_error

_FREE = "Free some space there: `bricklayer gc` removes what old jobs left."
_REMOUNT = "Have it mounted for writing again, or name another folder: `state_dir`."
_FEWER = "End what uses them up, or raise the limit: `ulimit -u`, TasksMax."
_BUSY = "Another process holds it: see which one (`fuser`), or wait until it is done."
_DATABASE = "See that it runs and is reached from here: database_url."
_ANEW = (
    "It was dropped or emptied. A server makes its tables anew when it starts, and restores"
    " its jobs from GitHub."
)
_NO_ROOM, _READ_ONLY = "no space is left", "it can only be read"
_TABLES_GONE = "the tables that were in the database are gone"
_UNREACHED = "the database cannot be reached"
# https://man7.org/linux/man-pages/man3/errno.3.html
_BY_ERRNO: Mapping[int, str] = MappingProxyType(
    {
        errno.ENOSPC: _NO_ROOM,
        errno.EDQUOT: "this account's quota is used up",
        errno.EROFS: _READ_ONLY,
        errno.EIO: "the disk does not read or write",
        errno.EMFILE: "too many files are open",
        errno.ENFILE: "too many files are open on this machine",
        errno.EAGAIN: "no more processes can be started",
        errno.ENOMEM: "no memory is left",
    }
)
# https://www.sqlite.org/rescode.html
_BY_SQLITE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "SQLITE_FULL": (f"the database cannot be written: {_NO_ROOM}", _FREE),
        "SQLITE_READONLY": ("the database cannot be written: it is read-only", _REMOUNT),
        "SQLITE_BUSY": ("the database was locked for half a minute", _BUSY),
        "SQLITE_LOCKED": ("the database was locked for half a minute", _BUSY),
        "SQLITE_IOERR": ("the database's disk does not read or write", _FREE),
        "SQLITE_CANTOPEN": ("the database cannot be opened", _REMOUNT),
        "SQLITE_CORRUPT": (
            "the database is damaged",
            "Move it away: `bricklayer reconcile` makes it again.",
        ),
        "SQLITE_NOTADB": ("this is no database", "Move it away, or fix database_url."),
    }
)
# By code or class of codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
_BY_SQLSTATE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "53100": (f"the database cannot be written: {_NO_ROOM}", "Free some on its server."),
        "53": ("the database's server has no room for more", "See its memory and connections."),
        "25006": ("the database can only be read", "Is it a standby? Name the primary."),
        "55P03": ("the database was locked for half a minute", "See pg_stat_activity for by whom."),
        "42P01": (_TABLES_GONE, _ANEW),
        "3F000": (_TABLES_GONE, _ANEW),
        "57014": ("the database took too long", "See pg_stat_activity for what it waits for."),
        "57P": ("the database is being stopped or started", _DATABASE),
        "58": ("the database's server has a fault of its system", "See its log."),
        "08": ("the connection to the database was lost", _DATABASE),
    }
)
# What git says, as the C library has it; looked for where no path can stand.
_BY_WORDS: Mapping[str, int] = MappingProxyType(
    {
        os.strerror(number): number
        for number in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENOMEM)
    }
)
_FORK = re.compile(r"(?:fork|create thread|clone)[^\n]{0,60}" + os.strerror(errno.EAGAIN))
# What its server, or the system, has against a connection stands behind these words of psycopg's.
_CONNECTING = re.compile(r"connection (?:failed|is bad|timeout expired)\b[: ]*(.*)", re.DOTALL)
MAX_WORDS = 300
"""Characters of them."""
_MAX_CHAIN = 12


@dataclass(frozen=True, slots=True)
class MachineFault:
    """`where` is a path or a database, empty where nobody says; `hint` is for its operator."""

    what: str
    hint: str
    where: str = ""

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        return f"{where}{self.what}\n  {self.hint}"


class MachineFaultError(Exception):
    """What a process of its own ended with, as it told it."""


def find_machine_fault(exc: BaseException) -> MachineFault | None:
    """None where it may be a fault of ours."""
    for each in _chain(exc):
        for find in (_find_system, _find_sqlite, _find_postgres, _find_git):
            if found := find(each):
                return found
    return None


def is_database_lost(exc: BaseException) -> bool:
    """Whether what it held is gone, where the database itself answers."""
    fault = find_machine_fault(exc)
    return fault is not None and fault.what == _TABLES_GONE


def note_place(exc: BaseException, place: str) -> None:
    """Say of a database's error which database it is about; shown in traces, too."""
    note = f"{_PLACE}{place}"
    if note not in getattr(exc, "__notes__", ()):
        exc.add_note(note)


_PLACE = "database: "


def _chain(exc: BaseException | None) -> Iterator[BaseException]:
    for _ in range(_MAX_CHAIN):
        if exc is None:
            return
        yield exc
        # Not __context__: a fault of ours may have come up while the system's was dealt with.
        exc = exc.__cause__


def _find_system(exc: BaseException) -> MachineFault | None:
    if isinstance(exc, MachineFaultError):
        what, _, hint = str(exc).partition("\n  ")
        return MachineFault(what, hint)
    if isinstance(exc, MemoryError):
        return _make_fault(errno.ENOMEM)
    number = exc.errno if isinstance(exc, OSError) else None
    if number is None or number not in _BY_ERRNO:
        return None
    return _make_fault(number, str(getattr(exc, "filename", None) or ""))


def _find_sqlite(exc: BaseException) -> MachineFault | None:
    # An extended code begins with its code: https://www.sqlite.org/rescode.html#extrc
    name = getattr(exc, "sqlite_errorname", "")
    for known, (what, hint) in _BY_SQLITE.items():
        if name == known or name.startswith(f"{known}_"):
            return MachineFault(what, hint, _read_place(exc))
    # SQLite has one code for all that is wrong with a statement.
    if name == "SQLITE_ERROR" and str(exc).startswith("no such table"):
        return MachineFault(_TABLES_GONE, _ANEW, _read_place(exc))
    return None


def _find_postgres(exc: BaseException) -> MachineFault | None:
    module = type(exc).__module__
    if module == "sqlalchemy.exc" and type(exc).__name__ == "TimeoutError":
        what = "no connection to the database became free"
        return MachineFault(what, "It answers too slowly: see its server.", _read_place(exc))
    if not module.startswith("psycopg"):
        return None
    state = getattr(exc, "sqlstate", None) or ""
    for known, (what, hint) in _BY_SQLSTATE.items():
        if state.startswith(known):
            return MachineFault(what, hint, _read_place(exc))
    # Without a code it is the client's own: it has no connection, or lost it.
    # https://www.psycopg.org/psycopg3/docs/api/errors.html
    if not state and type(exc).__name__ in {"OperationalError", "ConnectionTimeout"}:
        if found := _CONNECTING.match(str(exc)):
            words = " ".join(found[1].split())[:MAX_WORDS]
            return MachineFault(_UNREACHED, f"{words}\n  {_DATABASE}".strip(), _read_place(exc))
        return MachineFault(*_BY_SQLSTATE["08"], _read_place(exc))
    return None


def _find_git(exc: BaseException) -> MachineFault | None:
    if not isinstance(exc, GitError):
        return None
    said = "\n".join(exc.forms)
    for words, number in _BY_WORDS.items():
        if words in said:
            return _make_fault(number)
    # https://github.com/git/git/blob/v2.39.5/wrapper.c#L37
    if any(form.startswith("Out of memory") for form in exc.forms):
        return _make_fault(errno.ENOMEM)
    return _make_fault(errno.EAGAIN) if _FORK.search(said) else None


def _make_fault(number: int, where: str = "") -> MachineFault:
    hint = explain_system_error(OSError(number, os.strerror(number))) or _FEWER
    return MachineFault(_BY_ERRNO[number], hint, where)


def _read_place(exc: BaseException) -> str:
    notes = (note for note in getattr(exc, "__notes__", ()) if note.startswith(_PLACE))
    return next(notes, "").removeprefix(_PLACE)
