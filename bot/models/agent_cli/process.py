"""Run a program once: text in, lines out, with an end to its time, its output and its children."""

import contextlib
import os
import select
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from bot.processes import kill_session

CHUNK_BYTES = 65_536
MAX_LINE_BYTES = 4 * 1024 * 1024
MAX_OUTPUT_BYTES = 16 * 1024 * 1024
"""Bytes. A program that says more is ended."""
STDERR_TAIL_BYTES = 4096
"""Bytes of the end of stderr that are looked at."""
CLOSE_TIMEOUT_SECONDS = 5.0


class TooMuchOutputError(Exception):
    """The program said more than any reply can need."""


@dataclass(slots=True)
class RunningProgram:
    """A program that was given its input and is being listened to."""

    child: subprocess.Popen[bytes]
    words: IO[bytes]
    _left: memoryview
    _said: bytearray = field(default_factory=bytearray)
    _total: int = 0

    def read_lines(self, deadline: float) -> Iterator[bytes]:
        """Each line of stdout, while stdin is fed. Raises TimeoutError, FloodError."""
        out = cast("IO[bytes]", self.child.stdout).fileno()
        while more := self._more(out, deadline):
            self._total += len(more)
            self._said += more
            *lines, rest = self._said.split(b"\n")
            self._said = bytearray(rest)
            if self._total > MAX_OUTPUT_BYTES or len(rest) > MAX_LINE_BYTES:
                raise TooMuchOutputError
            yield from (bytes(line) for line in lines)
        if self._said:
            yield bytes(self._said)

    def wait_for_exit(self, deadline: float) -> int:
        """The exit code; TimeoutError where the program closed its output and stays."""
        try:
            return self.child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired as exc:
            raise TimeoutError from exc

    def read_stderr_end(self) -> str:
        """The end of stderr, as it stands: it may hold a key."""
        size = self.words.seek(0, os.SEEK_END)
        self.words.seek(max(0, size - STDERR_TAIL_BYTES))
        return self.words.read().decode("utf-8", "replace")

    def _more(self, out: int, deadline: float) -> bytes:
        while True:
            wait = deadline - time.monotonic()
            into = [cast("IO[bytes]", self.child.stdin)] if self._left else []
            ready, able, _ = select.select([out], into, [], max(0.0, wait))
            if able:
                self._feed()
            if ready:
                return os.read(out, CHUNK_BYTES)
            if wait <= 0:
                raise TimeoutError

    def _feed(self) -> None:
        stdin = cast("IO[bytes]", self.child.stdin)
        try:
            self._left = self._left[os.write(stdin.fileno(), self._left) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._left = memoryview(b"")
        if not self._left:
            with contextlib.suppress(BrokenPipeError):
                stdin.close()


@contextmanager
def run_program(
    argv: tuple[str, ...], env: Mapping[str, str], folder: Path, stdin: str
) -> Iterator[RunningProgram]:
    """Nothing of the program outlives the block: its group is killed, and what left the group."""
    with tempfile.TemporaryFile() as words:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            env=dict(env),
            cwd=folder,
            bufsize=0,
            start_new_session=True,
        )
        into = cast("IO[bytes]", child.stdin)
        os.set_blocking(into.fileno(), False)
        try:
            yield RunningProgram(
                child, words, memoryview(stdin.encode("utf-8", "replace") or b"\n")
            )
        finally:
            _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    kill_session(child)
    for end in (child.stdin, child.stdout):
        if end is not None:
            with contextlib.suppress(BrokenPipeError):
                end.close()
    child.wait(CLOSE_TIMEOUT_SECONDS)
