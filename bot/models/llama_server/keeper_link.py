"""The way to a keeper: started where none is there, and asked for a lease."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bot.config.private_dir import make_private
from bot.models.llama_server.command import ServerCommand
from bot.models.server_answers import read_object
from bot.models.short_socket_path import short_path
from bot.ready_descriptors import wait_until_ready

KEEPER_SCRIPT = Path(__file__).with_name("keeper.py")
SOCKET_NAME = "keeper.sock"
START_SECONDS = 45.0
"""Longer than a keeper waits for the one before it."""
START_AGAIN_SECONDS = 10.0
ANSWER_SECONDS = 10.0
MAX_ANSWER_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Ended:
    """How a server ended: as `subprocess` has it, the end of its output, and when to ask again."""

    code: int
    log: str
    seconds: float


class KeeperError(Exception):
    """No keeper answers, and none can be started."""


class ServerEndedError(Exception):
    def __init__(self, ended: Ended) -> None:
        super().__init__(f"exit code {ended.code}")
        self.ended = ended


@dataclass(slots=True)
class _Connection:
    """Two answers may come as one piece."""

    socket: socket.socket
    rest: bytes = b""

    def read_answer(self) -> dict[str, object]:
        """The next line; empty where the keeper has hung up."""
        while b"\n" not in self.rest and len(self.rest) < MAX_ANSWER_BYTES:
            try:
                data = self.socket.recv(65_536)
            except ConnectionError:
                return {}
            if not data:
                return {}
            self.rest += data
        line, _, self.rest = self.rest.partition(b"\n")
        return read_object(line)

    def is_readable(self, wait_seconds: float) -> bool:
        return bool(self.rest) or wait_until_ready(wait_seconds, reading=self.socket.fileno())[0]


@dataclass(slots=True)
class Lease:
    """While it is open the server is in use. `start` names this start of it."""

    start: tuple[int, int]
    _connection: _Connection

    def find_end(self, wait_seconds: float) -> Ended | None:
        """How the server has ended, or does within so many seconds; None while it runs."""
        if not self._connection.is_readable(wait_seconds):
            return None
        answer = self._connection.read_answer()
        return _to_ended(answer) or Ended(-signal.SIGKILL, "its keeper has ended", 0.0)


@contextmanager
def lease_server(folder: Path, command: ServerCommand, owner: int, idle: float) -> Iterator[Lease]:
    """Raises ServerEndedError where it has just ended and is not to be started yet; KeeperError."""
    connection, answer = _ask_keeper(folder, command, {"owner": owner, "idle": idle})
    with connection.socket:
        if ended := _to_ended(answer):
            raise ServerEndedError(ended)
        yield Lease((_number(answer, "run"), _number(answer, "pid")), connection)


def leave_server(folder: Path, owner: int) -> None:
    """Say that this owner needs it no more; nothing where no keeper is there."""
    with suppress(OSError):
        _ask_once(folder, {"leave": owner})[0].socket.close()


def look_at_server(folder: Path) -> dict[str, object]:
    """What its keeper says of it; empty where there is none. It starts nothing."""
    try:
        connection, answer = _ask_once(folder, {"look": True})
    except OSError:
        return {}
    connection.socket.close()
    return answer


def _ask_keeper(
    folder: Path, command: ServerCommand, said: dict[str, object]
) -> tuple[_Connection, dict[str, object]]:
    deadline = time.monotonic() + START_SECONDS
    start_at = 0.0
    while True:
        # Refused, reset or empty: it is not there yet, or is just ending.
        with suppress(OSError):
            connection, answer = _ask_once(folder, said)
            if answer:
                return connection, answer
            connection.socket.close()
        now = time.monotonic()
        if now > deadline:
            raise KeeperError(f"no llama-server could be started: see {folder / 'server.log'}")
        if now >= start_at:
            start_at = now + START_AGAIN_SECONDS
            _start_keeper(folder, command)
        time.sleep(0.02)


def _ask_once(folder: Path, said: dict[str, object]) -> tuple[_Connection, dict[str, object]]:
    opened = socket.socket(socket.AF_UNIX)
    try:
        opened.settimeout(ANSWER_SECONDS)
        with short_path(folder, SOCKET_NAME) as path:
            opened.connect(path)
        opened.sendall(json.dumps(said).encode() + b"\n")
        connection = _Connection(opened)
        return connection, connection.read_answer()
    except BaseException:
        opened.close()
        raise


def _start_keeper(folder: Path, command: ServerCommand) -> None:
    """Several may be started at a time: one of them gets the lock."""
    try:
        make_private(folder)
        log = os.open(folder / "server.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as exc:
        raise KeeperError(f"no folder for a llama-server: {exc}") from exc
    try:
        # -P keeps the script's folder off the import path.
        # https://docs.python.org/3.11/using/cmdline.html#cmdoption-P
        subprocess.run(
            [sys.executable, "-P", str(KEEPER_SCRIPT)],
            input=json.dumps(command.argv).encode(),
            stdout=log,
            stderr=log,
            cwd=folder,
            env=dict(command.env),
            # Ctrl-C at a terminal is for who started this; others may need the server still.
            start_new_session=True,
            timeout=START_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise KeeperError(f"the keeper of a llama-server does not start: {exc}") from exc
    finally:
        os.close(log)


def _to_ended(answer: dict[str, object]) -> Ended | None:
    if answer.get("state") != "ended":
        return None
    seconds = answer.get("seconds")
    wait = float(seconds) if isinstance(seconds, int | float) else 0.0
    return Ended(_number(answer, "code"), str(answer.get("log") or ""), wait)


def _number(answer: dict[str, object], key: str) -> int:
    found = answer.get(key)
    return found if isinstance(found, int) else 0
