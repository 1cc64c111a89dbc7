"""What a server prints, in two files of bounded size, its end in memory. The keeper imports it."""

import contextlib
import os
from pathlib import Path
from typing import IO

MAX_LOG_BYTES = 1 << 20
TAIL_BYTES = 8192
"""The end of the output, which whoever asks is told when the server has ended."""


class BoundedLog:
    """What the server prints: `server.log`, and the one before as `server.log.1`."""

    def __init__(self) -> None:
        self.tail = b""
        self._file = self._open()
        self._size = os.fstat(self._file.fileno()).st_size if self._file else 0

    def _open(self) -> IO[bytes] | None:
        """None where the disk has no room."""
        try:
            descriptor = os.open("server.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            return os.fdopen(descriptor, "ab", buffering=0)
        except OSError:
            return None

    def write(self, data: bytes) -> None:
        """A disk without room costs the log alone; the end of it is kept in memory."""
        self.tail = (self.tail + data)[-TAIL_BYTES:]
        if self._file is None:
            return
        with contextlib.suppress(OSError):
            self._file.write(data)
            self._size += len(data)
            if self._size > MAX_LOG_BYTES:
                self._file.close()
                Path("server.log").replace("server.log.1")
                self._file, self._size = self._open(), 0
