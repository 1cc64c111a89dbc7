"""Runs inside the sandbox: has a CLI find its model's server at a port, which leads to a socket.

Agents' CLIs ask over TCP, and the sandbox has no network but its own loopback; the socket is the
one thing in there that leads out, to the proxy. Of the standard library alone, as a script:
`python forwarder.py SOCKET PORT TASK COMMAND...` runs the command with the file TASK as its input,
and ends with its exit code.
"""

import socket
import subprocess
import sys
import threading
from contextlib import suppress

CHUNK_BYTES = 65_536
MAX_WAITING = 64


def copy_bytes(source: socket.socket, target: socket.socket) -> None:
    """Until the source has no more; then the target is told so."""
    with suppress(OSError):  # either side is gone, and the other is told below
        while data := source.recv(CHUNK_BYTES):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def forward(client: socket.socket, path: str) -> None:
    with client, socket.socket(socket.AF_UNIX) as server:
        try:
            server.connect(path)
        except OSError:
            return
        up = threading.Thread(target=copy_bytes, args=(client, server), daemon=True)
        up.start()
        copy_bytes(server, client)
        up.join()


def serve(listener: socket.socket, path: str) -> None:
    while True:
        client, _ = listener.accept()
        threading.Thread(target=forward, args=(client, path), daemon=True).start()


def main(path: str, port: str, task: str, command: "list[str]") -> int:
    listener = socket.create_server(("127.0.0.1", int(port)), backlog=MAX_WAITING)
    threading.Thread(target=serve, args=(listener, path), daemon=True).start()
    with open(task, "rb") as stdin:  # noqa: PTH123  # without pathlib it starts sooner
        return subprocess.run(command, stdin=stdin, check=False).returncode


if __name__ == "__main__":
    ended = main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
    sys.exit(ended if ended >= 0 else 128 - ended)
