"""Which lines of a text match: a text as it stands, or an expression, in a process of its own."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, cast

from runners.tool_use import expression_process

FindLines = Callable[[str], Sequence[int]]
"""The numbers of the lines of a text that match, from 1."""


class ExpressionError(Exception):
    """The expression cannot be searched for; the text says to the model why."""


class OutOfTimeError(Exception):
    """The search took longer than it may."""


def find_text(wanted: str) -> FindLines:
    return lambda text: [n for n, line in enumerate(text.split("\n"), 1) if wanted in line]


@contextmanager
def open_expression(expression: str, seconds: float) -> Iterator[FindLines]:
    """For so long, the start of the process not counted.

    Raises ExpressionError; what it gives raises that as well, and OutOfTimeError.
    """
    process = subprocess.Popen(
        [sys.executable, "-I", expression_process.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # Ctrl-C reaches the terminal's foreground process group; this one is ended here.
        start_new_session=True,
    )
    ends = (cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout))
    out_of_time = threading.Event()

    def end() -> None:
        out_of_time.set()
        process.kill()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    try:
        if not ends[1].readline():
            raise RuntimeError(f"{expression_process.__file__} ended with {process.wait()}")
        timer.start()
        searching = _Searching(ends, out_of_time)
        searching.ask(expression)
        yield searching.ask
    finally:
        timer.cancel()
        process.kill()
        for pipe in ends:
            _close(pipe)
        process.wait()


@dataclass(frozen=True, slots=True)
class _Searching:
    ends: tuple[IO[bytes], IO[bytes]]
    out_of_time: threading.Event

    def ask(self, said: str) -> Sequence[int]:
        sent, told = self.ends
        try:
            sent.write(json.dumps(said).encode() + b"\n")
            sent.flush()
            line = told.readline()
        except BrokenPipeError:
            line = b""
        if not line.endswith(b"\n"):
            if self.out_of_time.is_set():
                raise OutOfTimeError
            raise ExpressionError("its search ended the process that made it")
        answer = json.loads(line)
        if isinstance(answer, str):
            raise ExpressionError(answer)
        return cast("list[int]", answer)


def _close(pipe: IO[bytes]) -> None:
    """What could not be sent to a process that is gone is nobody's loss."""
    with suppress(BrokenPipeError):
        pipe.close()
