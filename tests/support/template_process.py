"""A process that has imported everything the command needs, and forks to run it.

python template_process.py NUMBER OF A SOCKET

Each request on the socket names arguments, environment, folder and files; the answer is the id of
the process that was forked for it. It has one thread and has opened nothing but that socket, so
that nothing of one command is seen by the next.
"""

import ctypes
import fcntl
import gc
import importlib
import io
import json
import os
import pkgutil
import platform
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

from template_client import Template, popen_with

ROOT = Path(__file__).resolve().parents[2]
CLONE_PARENT = 0x00008000
SYS_CLONE = {"x86_64": 56, "aarch64": 220}
STARTS_WORKERS = (["serve"], ["action"])
CHANNEL = 3
LATER = (
    "git.cmd",
    "markdown_it",
    "pydantic_ai.direct",
    "pydantic_ai.models.anthropic",
    "pydantic_ai.models.openai",
    "tree_sitter_language_pack",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
)
"""What the command imports only while it works."""


class Request(NamedTuple):
    argv: list[str]
    env: dict[str, str]
    cwd: str
    umask: int
    new_session: bool
    numbers: list[int]
    """Of the files to inherit, besides the three standard ones."""


def import_everything() -> None:
    gc.disable()  # nearly all that is made here stays
    sys.path.insert(1, str(ROOT))
    for room in ("bot", "runners", "handlers"):
        path = importlib.import_module(room).__path__
        for found in pkgutil.walk_packages(path, f"{room}."):
            importlib.import_module(found.name)
    for name in LATER:
        importlib.import_module(name)
    del sys.path[1]
    gc.collect()
    gc.freeze()
    gc.enable()


def wait_for_request(channel: socket.socket) -> Request:
    """Return once for each request, in a process forked for it; end when the asker is gone."""
    assert threading.active_count() == 1, threading.enumerate()
    while True:
        raw, files, _, _ = socket.recv_fds(channel, 1 << 20, 250)
        if not raw:
            os._exit(0)
        pid = fork_sibling()
        if pid == 0:
            channel.detach()
            return become(Request(**json.loads(raw)), files)
        channel.send(str(pid).encode())
        for file in files:
            os.close(file)


def fork_sibling() -> int:
    """Fork, as `os.fork` does, a child of this process's parent: whoever asked can wait for it.

    CLONE_PARENT: https://man7.org/linux/man-pages/man2/clone.2.html; the calls around it are those
    of `os.fork` itself: https://docs.python.org/3/c-api/sys.html#c.PyOS_BeforeFork
    """
    python, libc = ctypes.pythonapi, ctypes.PyDLL(None, use_errno=True)
    python.PyOS_BeforeFork()
    flags = CLONE_PARENT | signal.SIGCHLD
    number = SYS_CLONE[platform.machine()]
    pid = int(libc.syscall(*map(ctypes.c_long, (number, flags, 0, 0, 0, 0))))
    if pid == 0:
        python.PyOS_AfterFork_Child()
    else:
        python.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return pid


def become(asked: Request, files: list[int]) -> Request:
    """Have what a process of its own would have been started with."""
    os.chdir(asked.cwd)
    take_files(files, [0, 1, 2, *asked.numbers])
    os.umask(asked.umask)
    os.environ.clear()
    os.environ.update(asked.env)
    time.tzset()
    if asked.new_session:
        os.setsid()
    sys.stdin, sys.stdout, sys.stderr = (opened(number) for number in (0, 1, 2))
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr
    return keep_template(asked) if asked.argv[1:2] in STARTS_WORKERS else asked


def take_files(files: list[int], numbers: list[int]) -> None:
    """Have these files under these numbers, and no other open."""
    free = max(numbers) + 1
    moved = [fcntl.fcntl(file, fcntl.F_DUPFD, free) for file in files]
    for file, number in zip(moved, numbers, strict=True):
        os.dup2(file, number)
    most = max(int(name) for name in os.listdir("/proc/self/fd"))  # noqa: PTH208
    kept = sorted(numbers)
    for low, high in zip(kept, [*kept[1:], most + 1], strict=True):
        os.closerange(low + 1, high)


def opened(number: int) -> io.TextIOWrapper:
    """As `create_stdio` of CPython's pylifecycle.c opens a standard stream."""
    known = (sys.__stdin__, sys.__stdout__, sys.__stderr__)[number]
    assert known
    unbuffered = number > 0 and bool(os.environ.get("PYTHONUNBUFFERED"))
    mode = "wb" if number else "rb"
    binary: Any = open(number, mode, 0 if unbuffered else -1, closefd=False)  # noqa: SIM115
    at_lines = number == 2 or binary.isatty()
    return io.TextIOWrapper(
        binary, known.encoding, known.errors, line_buffering=at_lines, write_through=unbuffered
    )


def keep_template(asked: Request) -> Request:
    """Have a template of its own, which makes what it starts a child of this process.

    Returns what was asked for in this process, and what it asks for later in those.
    """
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork():
        its.close()
        template = Template(ours)
        subprocess.Popen = popen_with(lambda: template)  # type: ignore[misc]
        return asked
    ours.close()
    nothing = os.open(os.devnull, os.O_RDWR)
    take_files([nothing, nothing, nothing, its.detach()], [0, 1, 2, CHANNEL])
    return wait_for_request(socket.socket(fileno=CHANNEL))


def run(asked: Request) -> None:
    """What stands in the place of `exec`."""
    program, *rest = asked.argv
    if program != sys.executable:
        run_script(program, rest)
    elif rest[0] != "-m":
        run_script(rest[0], rest[1:])
    else:
        sys.argv = rest[1:]
        sys.path[0] = asked.cwd
        sys.modules.pop(rest[1])  # `python -m` has not imported it when it runs it
        runpy.run_module(rest[1], run_name="__main__", alter_sys=True)


def run_script(path: str, rest: list[str]) -> None:
    sys.argv = [path, *rest]
    sys.path[0] = str(Path(path).parent)
    runpy.run_path(path, run_name="__main__")


if __name__ == "__main__":
    import_everything()
    run(wait_for_request(socket.socket(fileno=int(sys.argv[1]))))
