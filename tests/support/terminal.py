"""A terminal of its own for a command: a real pty, and the screen that a person would see."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

import pyte

WAIT_SECONDS = 60.0


class Terminal:
    """Runs `argv`. What is waited for has to come within a minute; then the screen is in the error.

    `raw` is every byte that was written to it.
    """

    def __init__(
        self,
        argv: list[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        size: tuple[int, int] = (80, 24),
    ) -> None:
        columns, rows = size
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        # Made with its size: a child that looked before it was set would see none.
        self._master, slave = pty.openpty()
        self._set_size(columns, rows)
        self.before = termios.tcgetattr(slave)
        self.pid = os.fork()
        if not self.pid:
            os.close(self._master)
            os.login_tty(slave)
            os.chdir(cwd)
            # Its size is the pty's: pytest-xdist's workers have one of their own in COLUMNS.
            own = {name: value for name, value in env.items() if name not in {"COLUMNS", "LINES"}}
            os.execvpe(argv[0], argv, {**own, "TERM": "xterm-256color"})  # noqa: S606  # as a shell does
        self._slave = slave

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._slave)
        os.close(self._master)

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self) -> str:
        return "\n".join(self.lines).rstrip()

    def wait_for(self, found: str | Callable[[str], bool]) -> str:
        """Read until the screen shows it, and return what the screen shows."""
        is_there = (lambda text: found in text) if isinstance(found, str) else found
        end = time.monotonic() + WAIT_SECONDS
        while not is_there(self.text):
            assert time.monotonic() < end, f"not seen: {found}\n{self.text}"
            assert self._read(0.2) or not self._has_ended(), f"ended without {found}\n{self.text}"
        return self.text

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        """As when a person pulls at the window's edge: the foreground process is told."""
        self._set_size(columns, rows)
        self.screen.resize(rows, columns)
        os.kill(self.pid, signal.SIGWINCH)

    def finish(self) -> int:
        """The exit code, or minus the signal that ended it."""
        end = time.monotonic() + WAIT_SECONDS
        while not self._has_ended():
            assert time.monotonic() < end, self.text
            self._read(0.1)
        while self._read(0.1):
            pass
        return self._code

    @property
    def is_sane(self) -> bool:
        """Echo, lines and signals as before, the cursor there, no other screen, no mouse."""
        after = termios.tcgetattr(self._slave)
        left = [self.raw.rfind(b"\x1b[?1049l") >= self.raw.rfind(b"\x1b[?1049h")]
        left += [self.raw.rfind(b"\x1b[?1000l") >= self.raw.rfind(b"\x1b[?1000h")]
        return after[:4] == self.before[:4] and not self.screen.cursor.hidden and all(left)

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], seconds)
        if not ready:
            return False
        data = os.read(self._master, 1 << 16)
        self.raw += data
        self._stream.feed(data)
        return bool(data)

    def _has_ended(self) -> bool:
        if self.pid:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid, self._code = 0, os.waitstatus_to_exitcode(status)
        return not self.pid

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
