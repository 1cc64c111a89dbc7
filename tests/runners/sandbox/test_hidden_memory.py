"""Memory that is resident in no process counts against the limit as any other does."""

import mmap
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.config.machine import Settings
from bot.config.repository import RepoConfig, SandboxLimits
from runners.sandbox import Outcome, open_sandbox, resource_usage, shared_memory
from runners.sandbox.bubblewrap import Bubblewrap
from runners.sandbox.resource_usage import MachineMemory, list_descendants, measure_usage
from runners.sandbox.shared_memory import measure_held, sum_rooms

LIMITS = SandboxLimits(memory=64, disk=32, output=1)
MIB = 1 << 20
FILL = """\
import array, mmap, os, socket, time
def fill(fd, mib):
    for _ in range(mib):
        os.write(fd, bytes(1 << 20))
"""
WAYS = {
    "memfd": "fd = os.memfd_create('x'); fill(fd, 300)",
    "many memfds": "fds = [os.memfd_create('x') for _ in range(30)]; [fill(fd, 10) for fd in fds]",
    "memfd mapped by a page": (
        "fd = os.memfd_create('x'); fill(fd, 300); page = mmap.mmap(fd, 4096); os.close(fd)"
    ),
    "memfd under way in a socket": (
        "fd = os.memfd_create('x'); fill(fd, 300); left, right = socket.socketpair();"
        "socket.send_fds(left, [b'x'], [fd]); os.close(fd)"
    ),
    "shared memory whose pages are dropped": (
        "page = mmap.mmap(-1, 300 << 20)\n"
        "for at in range(0, 300 << 20, 1 << 20):\n"
        "    page[at:at + (1 << 20)] = bytes(1 << 20); page.madvise(mmap.MADV_DONTNEED)"
    ),
    "in a child": "fd = os.memfd_create('x')\nif not os.fork():\n    fill(fd, 300); time.sleep(20)",
}
EMPTY_FILES = "[os.mknod(str(n)) for n in range(30000)]"
NOBODY = 65534
Run = Callable[[str], Outcome]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    sandbox = open_sandbox(Settings(), RepoConfig(sandbox=LIMITS))

    def run(code: str) -> Outcome:
        (tmp_path / "x.py").write_text(
            f"{FILL}{code}\nprint('filled', flush=True); time.sleep(20)\n"
        )
        return sandbox.run(["python3", "x.py"], checkout=tmp_path, timeout=30)

    return run


@pytest.mark.parametrize("way", WAYS)
def test_what_is_resident_nowhere_counts(run: Run, way: str) -> None:
    """Whoever runs the bot: files without a name, and shared pages that nobody maps just now."""
    assert run(WAYS[way]).ended == "memory"


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes an ordinary user, as this one is already")
@pytest.mark.parametrize("code", [WAYS["memfd"], EMPTY_FILES])
def test_it_counts_for_an_ordinary_user_too(code: str) -> None:
    """Who has no control group has the same limits."""
    program = shutil.which("bwrap")
    assert program
    sandbox = Bubblewrap(program, LIMITS, {})
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder)
        (checkout / "x.py").write_text(f"{FILL}{code}\ntime.sleep(20)\n")
        checkout.chmod(0o755)
        argv = ["/usr/bin/python3", "x.py"]
        # Once in this process, which then has imported all that the other may not read.
        if sandbox.run([*argv[:1], "-c", ""], checkout=checkout, timeout=20).exit_code:
            pytest.skip("the system has no python3 of its own")
        child = os.fork()
        if child == 0:
            try:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
                outcome = sandbox.run(argv, checkout=checkout, timeout=30)
                os._exit(0 if outcome.ended in {"memory", "disk"} else 1)
            finally:
                os._exit(2)
        assert os.waitpid(child, 0)[1] == 0


def test_files_in_memory_have_the_disk_limit_alone(run: Run) -> None:
    """What fits on the sandbox's own disk is no memory of a process."""
    outcome = run("[open(f'{n}', 'wb').write(bytes(1 << 20)) for n in range(25)]; os._exit(7)")
    assert (outcome.ended, outcome.exit_code) == ("exit", 7)


def test_files_of_another_check_are_no_memory_of_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lane's database maps shared memory of unknown size while another lane's disk fills."""
    monkeypatch.setattr(shared_memory, "_rooms", {})
    machine = MachineMemory(shared=900 * MIB, free=0.5)
    monkeypatch.setattr(resource_usage, "read_machine", lambda: machine)
    monkeypatch.setattr(resource_usage, "measure_held", lambda _pids: None)
    with subprocess.Popen(["sh", "-c", "sleep 60 & wait"]) as box:
        while not (pids := list_descendants(box.pid)):
            assert box.poll() is None
        before = 100 * MIB
        assert measure_usage(box.pid, LIMITS, (), before).memory > 800 * MIB
        sum_rooms(1, 790 * MIB)
        assert measure_usage(box.pid, LIMITS, (), before).memory < 64 * MIB
        os.kill(pids[0], signal.SIGKILL)


def test_empty_files_are_limited_in_number(run: Run) -> None:
    """Each takes memory of the kernel: as many as could have a page, and some more."""
    outcome = run(EMPTY_FILES)
    assert outcome.ended == "disk"


def test_the_size_of_what_is_held_is_told_where_it_can_be() -> None:
    """A descriptor shows the whole size; a page of something, or what is under way, does not."""
    assert measure_held([os.getpid()]) is not None, "this process has such memory already"
    before = measure_held([os.getpid()]) or 0
    fd = os.memfd_create("x")
    os.write(fd, bytes(MIB))
    assert measure_held([os.getpid()]) == before + MIB
    left, right = socket.socketpair()
    with left, right:
        socket.send_fds(left, [b"x"], [fd])
        assert measure_held([os.getpid()]) is None
        for received in socket.recv_fds(right, 9, 1)[1]:
            os.close(received)
    os.close(fd)
    with mmap.mmap(-1, mmap.PAGESIZE):
        assert measure_held([os.getpid()]) is None
    assert measure_held([os.getpid(), 4_000_000]) == before
