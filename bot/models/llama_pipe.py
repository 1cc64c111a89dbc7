"""The two pipes to a llama child: JSON lines, a deadline for every wait, no thread."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any, cast

from bot.json_lines import JsonLineReader, LineTooLongError
from bot.ready_descriptors import wait_until_ready

WORKER_SCRIPT = Path(__file__).with_name("llama_worker.py")
MAX_STDERR_CHARACTERS = 400
"""The end of the child's stderr that an error shows."""
SEND_TIMEOUT_SECONDS = 30.0
CLOSE_TIMEOUT_SECONDS = 3.0


class ChildGoneError(Exception):
    """The child ended, or reads no more messages."""


class Pipe:
    """A running child. `pid` and `alive` are those of its process."""

    def __init__(self, env: dict[str, str]) -> None:
        # A file, because a full pipe that nobody reads would block the child.
        # https://man7.org/linux/man-pages/man7/pipe.7.html
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 closed with the pipe
        # -P keeps the script's folder off the import path: its llama_cpp.py would hide the library.
        # https://docs.python.org/3.11/using/cmdline.html#cmdoption-P
        self._child = subprocess.Popen(
            [sys.executable, "-P", str(WORKER_SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env=env,
            bufsize=0,
            # Ctrl-C reaches the terminal's foreground process group; the bot ends the child itself.
            # https://man7.org/linux/man-pages/man3/termios.3.html (ISIG)
            start_new_session=True,
        )
        self._ends = (cast("IO[bytes]", self._child.stdin), cast("IO[bytes]", self._child.stdout))
        self._stdin_fd = self._ends[0].fileno()
        # A blocking write of more than the pipe has room for waits until the child reads, for ever.
        # https://man7.org/linux/man-pages/man7/pipe.7.html (O_NONBLOCK)
        os.set_blocking(self._stdin_fd, False)
        self._reader = JsonLineReader(self._ends[1].fileno())

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    def send_message(self, message: dict[str, Any]) -> None:
        """Raises ChildGoneError where the child does not read it in time."""
        unsent = memoryview(json.dumps(message).encode() + b"\n")
        deadline = time.monotonic() + SEND_TIMEOUT_SECONDS
        while unsent:
            wait = deadline - time.monotonic()
            if wait <= 0 or not wait_until_ready(wait, writing=self._stdin_fd)[1]:
                raise ChildGoneError("the model's process reads no requests")
            try:
                unsent = unsent[os.write(self._stdin_fd, unsent) :]
            except BrokenPipeError as exc:
                raise ChildGoneError(self._describe_exit()) from exc
            except BlockingIOError:
                continue

    def receive_message(self, deadline: float) -> dict[str, Any]:
        """The next message. Raises TimeoutError at `deadline`, ChildGoneError at the end."""
        try:
            message: dict[str, Any] | None = self._reader.read(deadline)
        except LineTooLongError as exc:
            raise ChildGoneError(f"the model's process writes too much: {exc}") from exc
        if message is None:
            raise ChildGoneError(self._describe_exit())
        return message

    def has_message(self, deadline: float) -> bool:
        """Whether something can be read until `deadline`: a message, a part of one, or the end."""
        return self._reader.has_input(deadline)

    def close(self) -> None:
        """Close stdin, at which the child ends; kill it where it has not in time."""
        for end in self._ends:
            end.close()
        try:
            self._child.wait(CLOSE_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._stderr.close()

    def _describe_exit(self) -> str:
        try:
            code = self._child.wait(CLOSE_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            return "the model's process closed its pipe"
        # -N: ended by signal N. https://docs.python.org/3.11/library/subprocess.html#subprocess.Popen.returncode
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        return f"the model's process died {how}{self._stderr_end()}"

    def _stderr_end(self) -> str:
        size = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, size - 4 * MAX_STDERR_CHARACTERS))
        text = " ".join(self._stderr.read().decode("utf-8", "replace").split())
        return f": {text[-MAX_STDERR_CHARACTERS:]}" if text else ""
