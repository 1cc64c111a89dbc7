"""Start the command by a fork of a process that has imported it already, where that is the same.

A start of the console script takes a second of imports before its first line of work; a fork takes
milliseconds. What is forked runs the same script with the same arguments, environment, folder and
files, is a child of whoever asked, and ends with its own exit code or signal: `subprocess.Popen`
cannot tell the two apart. What only a new interpreter would heed is started for real.
"""

import functools
import inspect
import json
import os
import platform
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

COMMAND = str(Path(sys.executable).with_name("bricklayer"))
KILLED_AT = str(Path(__file__).with_name("killed_at.py"))
AT_BOUNDARIES = str(Path(__file__).with_name("at_boundaries.py"))
SHIFTED_CLOCK = str(Path(__file__).with_name("shifted_clock.py"))
MACHINES = ("x86_64", "aarch64")
"""Those whose number of the clone system call is known in `template_process.py`."""
_OURS = {"bot", "runners", "handlers"}
_SERVER = Path(__file__).with_name("template_process.py")
_PARAMETERS = list(inspect.signature(subprocess.Popen._execute_child).parameters)[1:]  # type: ignore[attr-defined]  # noqa: SLF001
_READ_AT_START = ("PYTHON", "LANG", "LC_", "LD_", "COVERAGE_")
_OWN_IDENTITY = {"preexec_fn": None, "gid": None, "gids": None, "uid": None, "umask": -1}


class Template:
    """The other end of a template process; it ends when this end is closed, or its owner dies."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._started_with = read_at_start(os.environ)
        self._one_at_a_time = threading.Lock()

    def can_start(self, asked: Mapping[str, Any]) -> bool:
        """Whether a fork would be the same as the start that is asked for."""
        env = os.environ if asked["env"] is None else asked["env"]
        return (
            platform.machine() in MACHINES
            and asked["close_fds"]
            and not asked["shell"]
            and asked["executable"] in {None, asked["args"][0]}
            and asked.get("process_group", -1) in {None, -1}
            and all(asked[name] == usual for name, usual in _OWN_IDENTITY.items())
            and Path(asked["cwd"] or ".").is_dir()
            and read_at_start(env) == self._started_with
        )

    def start(self, asked: Mapping[str, Any]) -> int:
        """The id of a process that is a child of this one."""
        numbers = sorted(asked["pass_fds"])
        ends = (asked["p2cread"], asked["c2pwrite"], asked["errwrite"])
        files = [end if end != -1 else own for own, end in enumerate(ends)]
        env = os.environ if asked["env"] is None else asked["env"]
        request = {
            "argv": [os.fspath(arg) for arg in asked["args"]],
            "env": {os.fsdecode(name): os.fsdecode(value) for name, value in env.items()},
            "cwd": os.path.abspath(os.fsdecode(asked["cwd"] or ".")),  # noqa: PTH100 - `..` stays
            "umask": umask(),
            "new_session": asked["start_new_session"],
            "numbers": numbers,
        }
        with self._one_at_a_time:
            socket.send_fds(self._channel, [json.dumps(request).encode()], [*files, *numbers])
            answer = self._channel.recv(100).decode()
        # A Popen kills by this number, and -1 is every process there is:
        # https://man7.org/linux/man-pages/man2/kill.2.html
        if not answer.isdecimal() or int(answer) <= 1:
            raise OSError(f"the template process could not fork: {answer or 'it is gone'}")
        return int(answer)

    def close(self) -> None:
        self._channel.close()


class TemplatePopen(subprocess.Popen[Any]):
    """A Popen that has `template` start what it can."""

    template: Callable[[], Template]

    def _execute_child(self, *given: Any) -> None:  # noqa: ANN401
        asked = dict(zip(_PARAMETERS, given, strict=True))
        if not is_ours(asked["args"]) or not (template := self.template()).can_start(asked):
            super()._execute_child(*given)  # type: ignore[misc]
            return
        try:
            self.pid = template.start(asked)
            self._child_created = True
        finally:
            pipes = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
            self._close_pipe_fds(*(asked[name] for name in pipes))  # type: ignore[attr-defined]


def popen_with(template: Callable[[], Template]) -> type[TemplatePopen]:
    return type("TemplatePopen", (TemplatePopen,), {"template": staticmethod(template)})


@functools.cache
def start_template() -> Template:
    """Begin the template process of this one; it is ready when it answers its first request."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its:
        subprocess.Popen(
            [sys.executable, str(_SERVER), str(its.fileno())],
            pass_fds=[its.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
    return Template(ours)


def is_ours(args: Any) -> bool:  # noqa: ANN401
    """The command, `python -m runners...` as it starts one itself, or what disturbs it for a test."""
    if not isinstance(args, list | tuple):
        return False
    if args[0] == COMMAND:
        return True
    if args[0] != sys.executable or len(args) < 3:
        return False
    return args[1] in {KILLED_AT, AT_BOUNDARIES} or (
        args[1] == "-m" and args[2].partition(".")[0] in _OURS
    )


def read_at_start(env: Mapping[str, str]) -> dict[str, str]:
    """What an interpreter or the loader reads once, before it runs anything."""
    return {name: value for name, value in env.items() if str(name).startswith(_READ_AT_START)}


def umask() -> int:
    """Of this process, without a moment in which it is another one.

    https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
    """
    status = Path("/proc/self/status").read_text()
    return int(status.partition("Umask:")[2].split()[0], 8)
