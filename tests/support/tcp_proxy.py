"""A connection that a test can cut: refused, broken off, or silent in both directions.

Silent is what a network without a route is to a program: nothing comes, and nothing is refused. Two
things differ: this kernel still acknowledges what is sent, so keep-alives are answered and only
a time limit of the program's own notices; and what was sent meanwhile arrives when it is over, as
TCP sends it again.
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

CHUNK_BYTES = 65536
Target = tuple[str, int] | str
"""Host and port, or the path of a Unix socket."""


@dataclass
class TcpProxy:
    target: Target
    port: int = 0
    _flows: threading.Event = field(default_factory=threading.Event)
    _listening: socket.socket | None = None
    _open: set[socket.socket] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def listen(self) -> None:
        """Also again, on the same port, after `refuse`."""
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", self.port))
        made.listen(128)
        self.port = int(made.getsockname()[1])
        self._listening = made
        self._flows.set()
        threading.Thread(target=self._accept, args=(made,), daemon=True).start()

    def refuse(self) -> None:
        """As where nothing listens: what is open is broken off, what is new is refused."""
        if self._listening:
            # Closed alone, it would go on accepting in the thread that waits for it.
            with suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            self._listening = None
        self.break_off()

    def break_off(self) -> None:
        """End every open connection with a reset: https://man7.org/linux/man-pages/man7/socket.7.html"""
        with self._lock:
            ending, self._open = self._open, set()
        for each in ending:
            with suppress(OSError):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def silence(self) -> None:
        self._flows.clear()

    def heal(self) -> None:
        if self._listening is None:
            self.listen()
        self._flows.set()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._flows.wait()
        try:
            server = self._connect()
        except OSError:
            client.close()
            return
        with self._lock:
            self._open |= {client, server}
        for source, sink in ((client, server), (server, client)):
            threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _connect(self) -> socket.socket:
        if isinstance(self.target, tuple):
            return socket.create_connection(self.target)
        made = socket.socket(socket.AF_UNIX)
        made.connect(self.target)
        return made

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK_BYTES):
                self._flows.wait()
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


@contextmanager
def proxy_to(target: Target) -> Iterator[TcpProxy]:
    made = TcpProxy(target)
    made.listen()
    try:
        yield made
    finally:
        made.heal()
        made.refuse()
