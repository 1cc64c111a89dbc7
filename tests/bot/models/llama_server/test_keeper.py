"""The process between Bricklayer and a server that it shares: who starts it, who ends it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from support.processes import is_running, kill_processes_in

from bot.models.llama_server.command import ServerCommand
from bot.models.llama_server.keeper_link import (
    ServerEndedError,
    lease_server,
    leave_server,
    look_at_server,
)
from bot.models.short_socket_path import short_path

IDLE = 600.0
PATIENCE_SECONDS = 10.0
KEEP = """\
import sys
from pathlib import Path
from bot.models.llama_server.command import ServerCommand
from bot.models.llama_server.keeper_link import lease_server
import os
folder, script = sys.argv[1:]
command = ServerCommand((script,), dict(os.environ), "key")
with lease_server(Path(folder), command, os.getpid(), 600.0) as lease:
    print(lease.start[1], flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Longer than the address of a Unix socket may be; whatever is left in it is ended."""
    path = tmp_path / ("a" * 120) / "server"
    yield path
    kill_processes_in(path)


def write_program(folder: Path, text: str) -> ServerCommand:
    path = folder.parent.parent / "program"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return ServerCommand((str(path),), {"PATH": os.environ["PATH"]}, "key")


def wait_until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)


def find_keeper(server: int) -> int:
    return psutil.Process(server).ppid()


def test_all_who_ask_share_one_server(folder: Path) -> None:
    """Eight who begin at one instant get the same server, and there is no second."""
    command = write_program(folder, "exec sleep 1000")

    def lease(_: int) -> tuple[int, int]:
        with lease_server(folder, command, os.getpid(), IDLE) as held:
            return held.start

    with ThreadPoolExecutor(8) as pool:
        starts = set(pool.map(lease, range(8)))
    assert len(starts) == 1
    assert starts.pop()[0] == 1


@pytest.mark.slow
def test_it_ends_with_its_last_owner(folder: Path) -> None:
    """A process that is killed says no good-bye; the server lives as long as another has it."""
    command = write_program(folder, "exec sleep 1000")
    argv = [sys.executable, "-c", KEEP, str(folder), command.argv[0]]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    owners = [subprocess.Popen(argv, text=True, **pipes) for _ in range(2)]  # type: ignore[call-overload]
    try:
        servers = {int(owner.stdout.readline()) for owner in owners}
        assert len(servers) == 1
        server = servers.pop()
        owners[0].kill()
        owners[0].wait()
        with lease_server(folder, command, owners[1].pid, IDLE) as lease:
            assert lease.start == (1, server)
        owners[1].kill()
        owners[1].wait()
        wait_until(lambda: not is_running(server))
    finally:
        for owner in owners:
            owner.kill()
            owner.communicate()


def test_it_ends_a_while_after_it_was_left(folder: Path) -> None:
    """Who says good-bye leaves it to those who come soon; one that is in use is not ended."""
    command = write_program(folder, "exec sleep 1000")
    with lease_server(folder, command, os.getpid(), IDLE) as lease:
        leave_server(folder, os.getpid())
    with lease_server(folder, command, os.getpid(), IDLE) as again:
        assert again.start == lease.start
    leave_server(folder, os.getpid())
    assert look_at_server(folder)["state"] == "running"


def test_an_idle_one_is_ended(folder: Path) -> None:
    """After `idle_timeout` without a request its memory is free, and the next call starts it."""
    command = write_program(folder, "exec sleep 1000")
    with lease_server(folder, command, os.getpid(), 0.05) as lease:
        server = lease.start[1]
        time.sleep(0.1)
        assert is_running(server), "it is in use"
    wait_until(lambda: not is_running(server))
    with lease_server(folder, command, os.getpid(), IDLE) as lease:
        assert lease.start[1] != server


def test_a_killed_keeper_leaves_no_server(folder: Path) -> None:
    """The kernel ends the server with its keeper, and a new one starts only once it is gone."""
    command = write_program(folder, "exec sleep 1000")
    with lease_server(folder, command, os.getpid(), IDLE) as lease:
        server = lease.start[1]
        os.kill(find_keeper(server), signal.SIGKILL)
        ended = lease.find_end(PATIENCE_SECONDS)
    assert ended is not None
    with lease_server(folder, command, os.getpid(), IDLE) as lease:
        assert not is_running(server)
        assert lease.start[1] != server


def test_whoever_uses_it_is_told_of_its_end(folder: Path) -> None:
    """With its exit and its last words; the next call starts it at once, those after that wait."""
    command = write_program(folder, "echo too bad >&2; kill -9 $$")
    with lease_server(folder, command, os.getpid(), IDLE) as lease:
        ended = lease.find_end(PATIENCE_SECONDS)
    assert ended is not None
    assert (ended.code, ended.log, ended.seconds) == (-9, "----- start 1\ntoo bad\n", 0.0)
    with lease_server(folder, command, os.getpid(), IDLE) as lease:
        assert lease.start[0] == 2
        ended = lease.find_end(PATIENCE_SECONDS)
    assert ended is not None
    assert 0.5 < ended.seconds <= 1.0
    with pytest.raises(ServerEndedError), lease_server(folder, command, os.getpid(), IDLE):
        pass


def test_a_program_that_is_not_there_is_told(folder: Path) -> None:
    """It may have been removed since the settings were read."""
    command = ServerCommand((str(folder / "none"),), {"PATH": os.environ["PATH"]}, "key")
    with (
        pytest.raises(ServerEndedError) as told,
        lease_server(folder, command, os.getpid(), IDLE),
    ):
        pass
    assert told.value.ended.code == 127
    assert "No such file" in told.value.ended.log


def test_its_environment_is_the_commands(folder: Path) -> None:
    """A lane's CUDA_VISIBLE_DEVICES arrives, and nothing of this process's that was not meant."""
    program = write_program(folder, 'echo "gpu $CUDA_VISIBLE_DEVICES key $SECRET"; exit 1')
    env = {**program.env, "CUDA_VISIBLE_DEVICES": "1"}
    command = ServerCommand(program.argv, env, "key")
    with lease_server(folder, command, os.getpid(), IDLE) as lease:
        ended = lease.find_end(PATIENCE_SECONDS)
    assert ended is not None
    assert "gpu 1 key \n" in ended.log


def test_its_log_is_bounded_and_private(folder: Path) -> None:
    """Whatever it prints, two files of a mebibyte hold the end of it, for this account alone."""
    command = write_program(folder, "yes 0123456789 | head -c 5000000; exec sleep 1000")
    with lease_server(folder, command, os.getpid(), IDLE):
        wait_until((folder / "server.log.1").exists)
    for file in folder.glob("server.log*"):
        assert file.stat().st_size < (1 << 20) + 70_000
        assert file.stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0


def test_a_stranger_on_its_socket_breaks_nothing(folder: Path) -> None:
    """What is no request is hung up on, and the others are answered."""
    command = write_program(folder, "exec sleep 1000")
    with lease_server(folder, command, os.getpid(), IDLE):
        for said in (b"{}\n", b"[]\n", b"nonsense\n", b"x" * 9000, b'{"owner": "x", "idle": 1}\n'):
            with (
                socket.socket(socket.AF_UNIX) as stranger,
                short_path(folder, "keeper.sock") as path,
            ):
                stranger.connect(path)
                stranger.sendall(said)
                stranger.settimeout(5)
                with suppress(ConnectionResetError):
                    assert stranger.recv(100) == b""
        assert look_at_server(folder)["leases"] == 1
