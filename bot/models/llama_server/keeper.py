"""The process that starts a llama-server, restarts it, and ends it once nobody needs it.

It stands between Bricklayer's processes and a server that they share: whoever asks first starts it,
and none of them has to live as long as it. Run as a file in the folder of its server.

- `lock` is held by the keeper and by its server, so one folder has one server, and a lock that is
  free means that both have ended.
- A connection to `keeper.sock` is a lease: one call. A client sends
  {"owner": PID, "idle": SECONDS}, or {"leave": PID}, or {"look": true}. The answer is
  {"state": "running", "run", "pid", "leases"} or {"state": "ended", "code", "log", "seconds"}, and
  the second follows where the server ends while the lease is held.
- It ends with the last process that owns it, told by the kernel, and after `idle` seconds without a
  lease. Its server ends with it, also where it is killed itself.
"""

import contextlib
import fcntl
import json
import os
import selectors
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from bot.models.llama_server.server_process import ServerProcess

LOCK_SECONDS = 30.0
"""How long the keeper before may take to end."""
FIRST_LEASE_SECONDS = 15.0
LEAVE_SECONDS = 5.0
"""How long it stays after its last owner has said good-bye: the next may follow at once."""
MAX_LINE_BYTES = 4096
MAX_CLIENTS = 256


class Keeper:
    """One thread: what happens is told by the kernel, and each event is dealt with in no time."""

    def __init__(self, server: ServerProcess, listener: socket.socket) -> None:
        self._server, self._listener = server, listener
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ, self._accept)
        self._clients: dict[socket.socket, bytes] = {}
        self._leases: set[socket.socket] = set()
        self._owners: dict[int, int] = {}
        self._idle_seconds = 0.0
        self._used = time.monotonic()
        self._end_at = time.monotonic() + FIRST_LEASE_SECONDS

    def serve(self) -> None:
        while (wait := self._find_time_left()) > 0:
            for key, _ in self._selector.select(min(wait, 60.0)):
                key.data(key.fileobj)

    def close(self) -> None:
        """Nobody comes in any more, the server ends, and only then is the lock free."""
        with contextlib.suppress(FileNotFoundError):
            Path("keeper.sock").unlink()
        self._listener.close()
        for client in list(self._clients):
            self._drop(client)
        self._server.end()

    def _find_time_left(self) -> float:
        """Seconds until it ends, as far as is known now."""
        now = time.monotonic()
        if self._leases:
            return float("inf")
        left = self._end_at - now if self._end_at else float("inf")
        idle = self._used + self._idle_seconds - now if self._idle_seconds else float("inf")
        return min(left, idle)

    def _accept(self, _listener: object) -> None:
        with contextlib.suppress(OSError):
            client, _ = self._listener.accept()
            if len(self._clients) >= MAX_CLIENTS:
                client.close()
                return
            client.settimeout(0)
            self._clients[client] = b""
            self._selector.register(client, selectors.EVENT_READ, self._read)

    def _read(self, client: socket.socket) -> None:
        try:
            data = client.recv(MAX_LINE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        line = self._clients[client] + data
        if not data or len(line) > MAX_LINE_BYTES:
            self._drop(client)
            return
        self._clients[client] = line
        if line.endswith(b"\n") and client not in self._leases:
            try:
                self._answer(client, json.loads(line))
            except (ValueError, TypeError, KeyError, AttributeError):
                self._drop(client)

    def _drop(self, client: socket.socket) -> None:
        if client in self._leases:
            self._leases.discard(client)
            self._used = time.monotonic()
        if self._clients.pop(client, None) is not None:
            self._selector.unregister(client)
            client.close()

    def _answer(self, client: socket.socket, said: dict[str, Any]) -> None:
        if "leave" in said:
            self._forget_owner(int(said["leave"]), LEAVE_SECONDS)
            self._send(client, {"state": "left"})
            return
        if "look" in said:
            self._send(client, self._describe())
            return
        try:
            self._add_owner(int(said["owner"]))
        except OSError as exc:
            log = f"error: pidfd_open: {exc}; it needs Linux 5.3 or later"
            self._send(client, {"state": "ended", "code": 1, "log": log, "seconds": 0})
            return
        self._idle_seconds = float(said["idle"])
        self._leases.add(client)
        if not self._server.pid and (output := self._server.start()):
            self._selector.register(output, selectors.EVENT_READ, self._copy_output)
        self._send(client, self._describe())

    def _describe(self) -> dict[str, object]:
        if pid := self._server.pid:
            leases = len(self._leases)
            return {"state": "running", "run": self._server.run, "pid": pid, "leases": leases}
        return {"state": "ended", **self._server.describe_end()}

    def _copy_output(self, output: int) -> None:
        if self._server.copy_output(output):
            return
        self._selector.unregister(output)
        for client in list(self._leases):
            self._send(client, self._describe())

    def _send(self, client: socket.socket, answer: dict[str, object]) -> None:
        try:
            client.sendall(json.dumps(answer).encode() + b"\n")
        except OSError:
            self._drop(client)

    def _add_owner(self, pid: int) -> None:
        if pid not in self._owners:
            # A number that is given anew is another process; this names one for good.
            # https://man7.org/linux/man-pages/man2/pidfd_open.2.html
            try:
                descriptor = os.pidfd_open(pid)
            except ProcessLookupError:
                return  # it has just ended, and with it the need
            self._owners[pid] = descriptor
            self._selector.register(
                descriptor, selectors.EVENT_READ, lambda _: self._forget_owner(pid, 0.0)
            )
        self._end_at = 0.0

    def _forget_owner(self, pid: int, patience_seconds: float) -> None:
        descriptor = self._owners.pop(pid, None)
        if descriptor is None:
            return
        self._selector.unregister(descriptor)
        os.close(descriptor)
        if not self._owners:
            self._end_at = time.monotonic() + patience_seconds


def take_lock() -> int | None:
    """The lock's descriptor; None where another keeper answers, or one takes too long to end."""
    descriptor = os.open("lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + LOCK_SECONDS
    while time.monotonic() < deadline:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as other:
                other.connect("keeper.sock")
                return None
            time.sleep(0.02)
        else:
            return descriptor
    return None


def listen() -> socket.socket:
    with contextlib.suppress(FileNotFoundError):
        Path("keeper.sock").unlink()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("keeper.sock")
    listener.listen(64)
    listener.settimeout(0)
    return listener


def main() -> None:
    """The arguments of the server are a JSON list on standard input, its folder is this one's."""
    argv = json.loads(sys.stdin.buffer.read())
    # Whoever started this has its own work to do, and no zombie to wait for.
    if os.fork():
        os._exit(0)
    lock = take_lock()
    if lock is None:
        return
    keeper = Keeper(ServerProcess(argv, lock), listen())
    signal.signal(signal.SIGTERM, _exit)
    try:
        keeper.serve()
    finally:
        keeper.close()


def _exit(_signal: int, _frame: object) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
