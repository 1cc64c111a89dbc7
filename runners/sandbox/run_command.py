"""Runs one sandboxed process, reads its output, holds its limits and ends all that it started."""

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
from runners.sandbox.capture import Capture
from runners.sandbox.cgroup import Cgroup, make_cgroup
from runners.sandbox.device_modes import guard_devices
from runners.sandbox.folder_usage import FolderLimit
from runners.sandbox.kill_tree import EXIT_SECONDS, kill_tree, wait_for_exit, wait_until_gone
from runners.sandbox.model import Ended, LimitHolder, Outcome
from runners.sandbox.resource_usage import (
    MIB,
    exceeded_limit,
    list_children,
    list_descendants,
    measure_usage,
    read_machine,
)
from runners.sandbox.session_keyring import join_session_keyring
from runners.sandbox.shared_memory import measure_deleted, sum_rooms
from runners.sandbox.thread_commands import find_listener, require_wanted

WATCH_SECONDS = 0.05
"""Between two looks at the limits."""
NICENESS = 5
"""Of what runs: the watch must get its turn against a fork bomb, and models before checks."""


@dataclass(frozen=True, slots=True)
class Spawn:
    """A process to start. `terminate` is given its id when it and all under it must end.

    `start_seconds`: how long it may take until the command proper starts. `watched`: its
    descendants are in this machine's process table, and what they use counts. `folder`: where it
    starts, empty for here. `after_start` is called once it is there, and may refuse it.
    `folders` are of this machine's disk and written by it, `rooms` its file systems in memory,
    `nested` those within what setup left.
    """

    argv: Sequence[str]
    env: Mapping[str, str]
    mark: str
    limits: SandboxLimits
    timeout: float
    start_seconds: float = 120.0
    watched: bool = True
    pass_fds: Sequence[int] = ()
    folder: str = ""
    after_start: Callable[[], None] | None = None
    folders: FolderLimit | None = None
    rooms: Sequence[str] = ()
    nested: Sequence[str] = ()
    shared_before: int = field(default_factory=lambda: read_machine().shared - sum_rooms())
    terminate: Callable[[int], None] = field(default_factory=lambda: kill_tree)
    should_stop: Callable[[], bool] = lambda: False


def run_supervised(spawn: Spawn) -> Outcome:
    with make_cgroup(spawn.limits) if spawn.watched else nullcontext() as cgroup:
        return _supervise(spawn, cgroup)


def _supervise(spawn: Spawn, cgroup: Cgroup | None) -> Outcome:
    capture = Capture(spawn.mark.encode(), listener=find_listener())
    join_session_keyring()
    if spawn.watched:  # a container engine makes mounts of its own, which must stay where it looks
        guard_devices()
    # A session of its own: Ctrl-C at the terminal goes to the bot alone, which then ends the rest.
    # https://man7.org/linux/man-pages/man2/setsid.2.html
    process = subprocess.Popen(
        [*(cgroup.prefix if cgroup else ()), "nice", "-n", str(NICENESS), *spawn.argv],
        env=dict(spawn.env),
        cwd=spawn.folder or None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=spawn.pass_fds,
    )
    try:
        if spawn.after_start:
            spawn.after_start()
        ended, seconds = _follow(process, capture, spawn)
        if ended == "exit":
            wait_for_exit(process)
    finally:
        _end_and_drain(process, capture, spawn, cgroup)
    if not capture.ready:
        raise _never_started(spawn, capture, process.returncode)
    if ended == "exit" and process.returncode and cgroup and cgroup.ran_out_of_memory():
        ended = "memory"
    return _outcome(process.returncode, capture, (ended, seconds), _limit_holder(spawn, cgroup))


def _outcome(code: int, capture: Capture, end: tuple[Ended, float], limits: LimitHolder) -> Outcome:
    ended, seconds = end
    if ended != "exit":
        # Popen gives -N for signal N, a shell 128 + N.
        # https://docs.python.org/3.11/library/subprocess.html#subprocess.Popen.returncode
        code = -signal.SIGKILL
    text, mark_word = capture.finish()
    if ended == "exit" and code and mark_word in {"disk", "memory"}:
        ended = cast("Ended", mark_word)
    return Outcome(code if code >= 0 else 128 - code, text, seconds, ended, limits)


def _limit_holder(spawn: Spawn, cgroup: Cgroup | None) -> LimitHolder:
    if not spawn.watched:
        return "engine"
    if cgroup:
        return "cgroup"
    return "rlimit" if os.geteuid() else "watch"


def _follow(
    process: subprocess.Popen[bytes], capture: Capture, spawn: Spawn
) -> tuple[Ended, float]:
    """Read until the pipe closes or a limit is passed; seconds count from the command's start."""
    pipe = _pipe(process).fileno()
    # So that the rest of the pipe can be read at the end without waiting for more.
    os.set_blocking(pipe, False)
    since, next_look, started = time.monotonic(), 0.0, False
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            if selector.select(WATCH_SECONDS):
                data = os.read(pipe, 1 << 18)
                if not data:
                    return "exit", time.monotonic() - since
                capture.feed(data)
            now = time.monotonic()
            if capture.ready and not started:
                since, started = now, True
            if now - since > (spawn.timeout if started else spawn.start_seconds):
                return "timeout", now - since
            if capture.total > spawn.limits.output * MIB:
                return "output", now - since
            if now >= next_look:
                next_look = now + WATCH_SECONDS
                if exceeded := _look_at_limits(process.pid, spawn, started=started):
                    return exceeded, now - since
                if spawn.should_stop():
                    return "stopped", now - since
                require_wanted()


def _look_at_limits(pid: int, spawn: Spawn, *, started: bool) -> Ended | None:
    def count_unnamed(device: int) -> int:
        return measure_deleted(list_descendants(pid), device) if spawn.watched else 0

    if spawn.folders and spawn.folders.is_exceeded(count_unnamed):
        return "disk"
    if not spawn.watched:
        return None
    # Until then a process may still see this machine's folders in the rooms' places.
    rooms = spawn.rooms if started else ()
    nested = spawn.nested if started else ()
    usage = measure_usage(pid, spawn.limits, rooms, spawn.shared_before, nested)
    return exceeded_limit(usage, spawn.limits)


def _end_and_drain(
    process: subprocess.Popen[bytes], capture: Capture, spawn: Spawn, cgroup: Cgroup | None
) -> None:
    if process.poll() is None:
        children = list(list_children(process.pid))
        if cgroup:
            cgroup.kill_members()
        spawn.terminate(process.pid)
        if not wait_for_exit(process):
            kill_tree(process.pid)
            process.wait(EXIT_SECONDS)
        wait_until_gone(children)
    # Something that got away may hold the pipe open: what is in it is read, more is not awaited.
    with contextlib.suppress(BlockingIOError), _pipe(process) as pipe:
        while capture.total <= spawn.limits.output * MIB and (
            data := os.read(pipe.fileno(), 1 << 18)
        ):
            capture.feed(data)


def _pipe(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdout is not None  # noqa: S101 - Popen was given PIPE; this tells mypy
    return process.stdout


def _never_started(spawn: Spawn, capture: Capture, code: int | None) -> UserError:
    preface = capture.preface.decode(errors="replace").strip()[-2000:]
    return UserError(
        f"the sandbox did not start (exit {code}): {preface or 'it said nothing'}",
        where=shlex.join(spawn.argv[:1]),
        hint="A checkout larger than the limit `disk` under [sandbox] needs a larger one.",
    )
