"""Run a program once: text in, lines out, with limits for its time, its output and its children."""

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from bot.end_processes import kill_session
from bot.ready_descriptors import wait_until_ready

CHUNK_BYTES = 65_536
MAX_LINE_BYTES = 4 * 1024 * 1024
MAX_OUTPUT_BYTES = 16 * 1024 * 1024
"""A program that writes more is ended."""
STDERR_TAIL_BYTES = 4096
"""The end of stderr that is read."""
CLOSE_TIMEOUT_SECONDS = 5.0


class TooMuchOutputError(Exception):
    """The program wrote more than any reply can be."""


@dataclass(slots=True)
class RunningProgram:
    """A started program whose input is being written and whose output is being read."""

    child: subprocess.Popen[bytes]
    stderr: IO[bytes]
    _unsent: memoryview
    _buffer: bytearray = field(default_factory=bytearray)
    _total: int = 0

    def read_lines(self, deadline: float) -> Iterator[bytes]:
        """Each line of stdout, while stdin is fed. Raises TimeoutError, TooMuchOutputError."""
        out = cast("IO[bytes]", self.child.stdout).fileno()
        while chunk := self._read_chunk(out, deadline):
            self._total += len(chunk)
            self._buffer += chunk
            *lines, rest = self._buffer.split(b"\n")
            self._buffer = bytearray(rest)
            if self._total > MAX_OUTPUT_BYTES or len(rest) > MAX_LINE_BYTES:
                raise TooMuchOutputError
            yield from (bytes(line) for line in lines)
        if self._buffer:
            yield bytes(self._buffer)

    def wait_for_exit(self, deadline: float) -> int:
        """The exit code; TimeoutError where the program closed its output and runs on."""
        try:
            return self.child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired as exc:
            raise TimeoutError from exc

    def read_stderr_end(self) -> str:
        """The end of stderr, as it stands: it may hold a key."""
        size = self.stderr.seek(0, os.SEEK_END)
        self.stderr.seek(max(0, size - STDERR_TAIL_BYTES))
        return self.stderr.read().decode("utf-8", "replace")

    def _read_chunk(self, out: int, deadline: float) -> bytes:
        while True:
            wait = deadline - time.monotonic()
            unsent_to = cast("IO[bytes]", self.child.stdin).fileno() if self._unsent else None
            readable, writable = wait_until_ready(wait, reading=out, writing=unsent_to)
            if writable:
                self._write_stdin()
            if readable:
                return os.read(out, CHUNK_BYTES)
            if wait <= 0:
                raise TimeoutError

    def _write_stdin(self) -> None:
        stdin = cast("IO[bytes]", self.child.stdin)
        try:
            self._unsent = self._unsent[os.write(stdin.fileno(), self._unsent) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._unsent = memoryview(b"")
        if not self._unsent:
            with contextlib.suppress(BrokenPipeError):
                stdin.close()


@contextmanager
def run_program(
    argv: tuple[str, ...], env: Mapping[str, str], folder: Path, stdin: str
) -> Iterator[RunningProgram]:
    """No process of the program outlives the block, in its process group or not."""
    # A file, because a full pipe that nobody reads would block the program.
    # https://man7.org/linux/man-pages/man7/pipe.7.html
    with tempfile.TemporaryFile() as stderr:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=dict(env),
            cwd=folder,
            bufsize=0,
            # Its process group is its own, so that it can be killed without the bot's.
            # https://man7.org/linux/man-pages/man2/setsid.2.html
            start_new_session=True,
        )
        writer = cast("IO[bytes]", child.stdin)
        # A blocking write of more than the pipe has room for would wait without a deadline.
        os.set_blocking(writer.fileno(), False)
        try:
            yield RunningProgram(
                child, stderr, memoryview(stdin.encode("utf-8", "replace") or b"\n")
            )
        finally:
            _end_program(child)


def _end_program(child: subprocess.Popen[bytes]) -> None:
    kill_session(child)
    for end in (child.stdin, child.stdout):
        if end is not None:
            with contextlib.suppress(BrokenPipeError):
                end.close()
    child.wait(CLOSE_TIMEOUT_SECONDS)
