"""Run one sandboxed process: read what it writes, hold its limits, leave nothing of it behind."""

import contextlib
import os
import selectors
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import IO, cast

from bot.config.repository import SandboxLimits
from bot.errors import UserError
from runners.sandbox.cgroup import Group, group
from runners.sandbox.model import Ended, Holder, Outcome
from runners.sandbox.resource_usage import MIB, children, measure, over

TICK = 0.05  # seconds between two looks at the limits
LAST_WORDS = 5.0  # seconds a killed process tree has to be gone
NICENESS = 5  # the watch must get its turn against a fork bomb, and models before checks
HEAD = 256 * 1024
TAIL = 768 * 1024
LAST = 4096  # the closing mark is looked for in this much of the end


@dataclass(slots=True)
class Capture:
    """Everything up to the line `MARK ready` is the sandbox speaking, what follows the command."""

    mark: bytes
    total: int = 0
    ready: bool = False
    preface: bytearray = field(default_factory=bytearray)
    _head: bytearray = field(default_factory=bytearray)
    _tail: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> None:
        if not self.ready:
            data = self._until_ready(data)
        self.total += len(data)
        room = HEAD - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        if len(self._tail) > 2 * TAIL:
            del self._tail[:-TAIL]

    def _until_ready(self, data: bytes) -> bytes:
        self.preface += data
        line = self.mark + b" ready\n"
        at = self.preface.find(line)
        if at < 0:
            del self.preface[HEAD:]
            return b""
        self.ready = True
        rest = bytes(self.preface[at + len(line) :])
        del self.preface[at:]
        return rest

    def finish(self) -> tuple[str, bool, str]:
        """The text, whether its middle is missing, and the word of the last mark (`disk`)."""
        tail = bytes(self._tail[-TAIL:])
        lost = self.total - len(self._head) - len(tail)
        kept = bytes(self._head) + tail
        kept, word = self._take_mark(kept)
        if not lost:
            return kept.decode(errors="replace"), False, word
        gap = f"\n... {lost} bytes left out ...\n".encode()
        return (kept[:HEAD] + gap + kept[HEAD:]).decode(errors="replace"), True, word

    def _take_mark(self, kept: bytes) -> tuple[bytes, str]:
        at = kept.rfind(b"\n" + self.mark + b" ", max(0, len(kept) - LAST))
        if at < 0:
            return kept, ""
        line, _, after = kept[at + 1 :].partition(b"\n")
        return kept[:at] + after, line.removeprefix(self.mark).strip().decode(errors="replace")


@dataclass(frozen=True, slots=True)
class Spawn:
    """A process to start. `end` is given its id when it must go, whatever runs under it.

    `patience`: seconds it may take until the command proper starts. `watched`: its descendants
    are on this machine's process table, and their use counts.
    """

    argv: Sequence[str]
    env: Mapping[str, str]
    mark: str
    limits: SandboxLimits
    timeout: float
    patience: float = 120.0
    watched: bool = True
    fds: Sequence[int] = ()
    end: Callable[[int], None] = field(default_factory=lambda: kill_tree)


def supervise(spawn: Spawn) -> Outcome:
    with group(spawn.limits) if spawn.watched else nullcontext() as around:
        return _supervise(spawn, around)


def _supervise(spawn: Spawn, around: Group | None) -> Outcome:
    capture = Capture(spawn.mark.encode())
    process = subprocess.Popen(
        [*(around.prefix if around else ()), "nice", "-n", str(NICENESS), *spawn.argv],
        env=dict(spawn.env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=spawn.fds,
    )
    try:
        ended, seconds = _follow(process, capture, spawn)
        if ended == "exit":
            _await(process)
    finally:
        _finish(process, capture, spawn, around)
    if not capture.ready:
        raise _never_started(spawn, capture, process.returncode)
    if ended == "exit" and process.returncode and around and around.ran_out_of_memory():
        ended = "memory"
    return _outcome(process.returncode, capture, (ended, seconds), _holder(spawn, around))


def _outcome(code: int, seen: Capture, end: tuple[Ended, float], limits: Holder) -> Outcome:
    ended, seconds = end
    if ended != "exit":
        code = -signal.SIGKILL
    text, truncated, word = seen.finish()
    if ended == "exit" and code and word in {"disk", "memory"}:
        ended = cast("Ended", word)
    return Outcome(code if code >= 0 else 128 - code, text, seconds, ended, truncated, limits)


def _holder(spawn: Spawn, around: Group | None) -> Holder:
    if not spawn.watched:
        return "engine"
    if around:
        return "cgroup"
    return "rlimit" if os.geteuid() else "watch"


def _follow(process: subprocess.Popen[bytes], seen: Capture, spawn: Spawn) -> tuple[Ended, float]:
    """Read until the pipe closes or a limit is passed; seconds count from the command's start."""
    pipe = _pipe(process).fileno()
    os.set_blocking(pipe, False)
    since, look, started = time.monotonic(), 0.0, False
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            if selector.select(TICK):
                data = os.read(pipe, 1 << 18)
                if not data:
                    return "exit", time.monotonic() - since
                seen.feed(data)
            now = time.monotonic()
            if seen.ready and not started:
                since, started = now, True
            if now - since > (spawn.timeout if started else spawn.patience):
                return "timeout", now - since
            if seen.total > spawn.limits.output * MIB:
                return "output", now - since
            if spawn.watched and now >= look:
                look = now + TICK
                if passed := over(measure(process.pid, spawn.limits), spawn.limits):
                    return passed, now - since


def kill_tree(pid: int) -> None:
    """SIGKILL the children, then the process: an init's death takes its PID namespace with it."""
    for each in (*children(pid), pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


def _finish(
    process: subprocess.Popen[bytes], seen: Capture, spawn: Spawn, around: Group | None
) -> None:
    if process.poll() is None:
        if around:
            around.empty()
        spawn.end(process.pid)
        if not _await(process):
            kill_tree(process.pid)
            process.wait(LAST_WORDS)
    with contextlib.suppress(BlockingIOError), _pipe(process) as pipe:
        while seen.total <= spawn.limits.output * MIB and (data := os.read(pipe.fileno(), 1 << 18)):
            seen.feed(data)


def _await(process: subprocess.Popen[bytes]) -> bool:
    """After the end of its output a process is about to exit: let it, for its exit code."""
    try:
        process.wait(LAST_WORDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def _pipe(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdout is not None  # noqa: S101 - Popen was given PIPE; this tells mypy
    return process.stdout


def _never_started(spawn: Spawn, seen: Capture, code: int | None) -> UserError:
    said = seen.preface.decode(errors="replace").strip()[-2000:]
    return UserError(
        f"the sandbox did not start (exit {code}): {said or 'it said nothing'}",
        where=shlex.join(spawn.argv[:1]),
        hint="A checkout larger than the limit `disk` under [sandbox] needs a larger one.",
    )
