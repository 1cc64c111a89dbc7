"""The one llama-server of a keeper: its start, its output, its end, and when to start it again."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.models.llama_server.bounded_log import BoundedLog

PR_SET_PDEATHSIG = 1
SOCKET_NAME = "llama.sock"
END_SECONDS = 5.0
"""How long it may take to end by itself."""
STEADY_SECONDS = 60.0
"""One that has lived so long is started again at once."""
MAX_PAUSE_SECONDS = 60.0
NO_PROGRAM_CODE = 127
"""As a shell has it: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html"""


class ServerProcess:
    """`run` counts its starts. `lock` is a descriptor that it holds as long as it lives."""

    def __init__(self, argv: Sequence[str], lock: int) -> None:
        self._argv, self._lock = argv, lock
        self._log = BoundedLog()
        self._server: subprocess.Popen[bytes] | None = None
        self.run = 0
        self._started = 0.0
        self._failures = 0
        self._not_before = 0.0
        self._last_code = 0

    @property
    def pid(self) -> int:
        """0 where it does not run."""
        return self._server.pid if self._server is not None else 0

    def start(self) -> int:
        """The descriptor of its output; 0 where it is not to be started yet, or cannot be."""
        if time.monotonic() < self._not_before:
            return 0
        # One that crashed has left it, and the next could not listen there.
        with contextlib.suppress(FileNotFoundError):
            Path(SOCKET_NAME).unlink()
        self.run += 1
        self._started = time.monotonic()
        self._log.write(f"----- start {self.run}\n".encode())
        try:
            self._server = subprocess.Popen(  # the person's own program and settings
                self._argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(self._lock,),
                preexec_fn=_end_with_parent(os.getpid()),  # noqa: PLW1509 the keeper has one thread
            )
        except OSError as exc:
            self._log.write(f"{exc}\n".encode())
            self._note_end(NO_PROGRAM_CODE)
            return 0
        return self._server.stdout.fileno() if self._server.stdout else 0

    def copy_output(self, output: int) -> bool:
        """Whether it still runs. Its output is closed when it has ended, and not before."""
        data = os.read(output, 65_536)
        self._log.write(data)
        if not data and self._server is not None:
            self._note_end(_wait(self._server))
        return bool(data)

    def end(self) -> None:
        if self._server is not None:
            self._server.terminate()
            _wait(self._server)

    def describe_end(self) -> dict[str, object]:
        seconds = max(0.0, self._not_before - time.monotonic())
        log = self._log.tail.decode(errors="replace")
        return {"code": self._last_code, "log": log, "seconds": seconds}

    def _note_end(self, code: int) -> None:
        now = time.monotonic()
        if self._server is not None and self._server.stdout is not None:
            self._server.stdout.close()
        self._server, self._last_code = None, code
        self._failures = 0 if now - self._started > STEADY_SECONDS else self._failures + 1
        # The first start anew is at once.
        pause = 2.0 ** (self._failures - 2) if self._failures > 1 else 0.0
        self._not_before = now + min(pause, MAX_PAUSE_SECONDS)


def _wait(server: "subprocess.Popen[bytes]") -> int:
    try:
        return server.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        # It has not been waited for, so its number is still its own.
        server.kill()
        return server.wait()


def _end_with_parent(parent: int) -> Callable[[], None]:
    """What a child does before it becomes the server: it is killed when the keeper ends.

    https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html
    """
    libc = ctypes.CDLL(None)

    def arrange() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        # Killed between the fork and the line above, the keeper would have sent no signal.
        if os.getppid() != parent:
            os._exit(1)

    return arrange
