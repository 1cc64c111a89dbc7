"""Messages of a child process, one JSON value a line, read from its pipe within bounds."""

import json
import os
import select
import time
from typing import Any

MAX_LINE_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 65_536


class LineTooLongError(Exception):
    """The child writes more than any message of it can need."""


class JsonLineReader:
    """Reads the file descriptor `fd`, which stays open. For one thread at a time."""

    def __init__(self, fd: int, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self._fd = fd
        self._max = max_line_bytes
        self._buffer = bytearray()
        self._searched = 0

    def read(self, deadline: float | None = None) -> Any | None:  # noqa: ANN401  # a JSON value
        """The next object or array; None at the end of the pipe, where half a line is no message.

        `deadline` is in seconds of `time.monotonic`; without one it waits as long as it takes.
        Raises TimeoutError, LineTooLongError, and ValueError for what is no JSON.
        """
        while (line := self._take_line()) is None:
            if len(self._buffer) > self._max:
                raise LineTooLongError(f"more than {self._max} bytes in one line")
            if deadline is not None:
                self._wait(deadline)
            chunk = os.read(self._fd, _CHUNK_BYTES)
            if not chunk:
                return None
            self._buffer += chunk
        return json.loads(line)

    def _take_line(self) -> bytes | None:
        end = self._buffer.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._buffer)
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        self._searched = 0
        return line

    def has_input(self, deadline: float) -> bool:
        """Whether there is something to read until then, if only the end of the pipe."""
        if b"\n" in self._buffer:
            return True
        try:
            self._wait(deadline)
        except TimeoutError:
            return False
        return True

    def _wait(self, deadline: float) -> None:
        # Not select.select: it takes no descriptor above 1,023, and a server may have more.
        # https://man7.org/linux/man-pages/man2/select.2.html
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise TimeoutError
