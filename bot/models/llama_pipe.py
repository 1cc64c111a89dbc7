"""The two pipes to a llama child: JSON lines, every wait with an end, no thread."""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any, cast

from bot.json_lines import JsonLineReader, LineTooLongError

WORKER_SCRIPT = Path(__file__).with_name("llama_worker.py")
MAX_LAST_WORDS_CHARACTERS = 400
"""Characters of the child's last words that are told."""
SEND_TIMEOUT_SECONDS = 30.0
CLOSE_TIMEOUT_SECONDS = 3.0


class ChildGoneError(Exception):
    """The child ended, or does not take a message any more."""


class Pipe:
    """`-P` keeps the script's own folder off the import path, where llama_cpp is another module."""

    def __init__(self, env: dict[str, str]) -> None:
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 closed with the pipe
        self._child = subprocess.Popen(
            [sys.executable, "-P", str(WORKER_SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            env=env,
            bufsize=0,
            start_new_session=True,
        )
        self._ends = (cast("IO[bytes]", self._child.stdin), cast("IO[bytes]", self._child.stdout))
        self._into = self._ends[0].fileno()
        os.set_blocking(self._into, False)
        self._reader = JsonLineReader(self._ends[1].fileno())

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    def send_message(self, message: dict[str, Any]) -> None:
        """Raises ChildGoneError where the child takes no more."""
        left = memoryview(json.dumps(message).encode() + b"\n")
        deadline = time.monotonic() + SEND_TIMEOUT_SECONDS
        while left:
            wait = deadline - time.monotonic()
            if wait <= 0 or not select.select([], [self._into], [], wait)[1]:
                raise ChildGoneError("the model's process takes no questions")
            try:
                left = left[os.write(self._into, left) :]
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

    def close(self) -> None:
        """The end of stdin ends the child; one that does not hear it is killed."""
        for end in self._ends:
            end.close()
        try:
            self._child.wait(CLOSE_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._words.close()

    def _describe_exit(self) -> str:
        try:
            code = self._child.wait(CLOSE_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            return "the model's process closed its pipe"
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        return f"the model's process died {how}{self._last_words()}"

    def _last_words(self) -> str:
        size = self._words.seek(0, os.SEEK_END)
        self._words.seek(max(0, size - 4 * MAX_LAST_WORDS_CHARACTERS))
        words = " ".join(self._words.read().decode("utf-8", "replace").split())
        return f": {words[-MAX_LAST_WORDS_CHARACTERS:]}" if words else ""
