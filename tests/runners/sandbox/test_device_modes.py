"""A check writes to the devices that it is shown, and cannot change what they are for others."""

import threading
from pathlib import Path

import pytest

from bot.config.machine import Settings
from bot.config.repository import RepoConfig
from runners.sandbox import open_sandbox
from runners.sandbox.device_modes import guard_devices

MOUNTS = Path("/proc/thread-self/ns/mnt")
# The mode that it has already: were nothing in the way, the machine would be none the worse.
SET_MODE = """\
import os, stat
for path in ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/proc/self/fd/0", "/proc/1/fd/0"):
    try:
        os.chmod(path, stat.S_IMODE(os.stat(path).st_mode))
        print("changed", path)
    except OSError:
        pass
open("/dev/null", "w").write("x")
print(open("/dev/zero", "rb").read(1), len(os.read(0, 9)))
"""


def test_no_mode_of_a_device_can_be_set_and_each_can_be_used(tmp_path: Path) -> None:
    """Neither at its name, nor at a descriptor that leads to this machine's own."""
    argv = ["python3", "-c", SET_MODE]
    seen = open_sandbox(Settings(), RepoConfig()).run(argv, checkout=tmp_path, timeout=20)
    assert seen.output == "b'\\x00' 0\n"


@pytest.mark.skipif(
    "__import__('os').geteuid() != 0", reason="whom no device belongs to has none to guard"
)
def test_only_the_thread_that_starts_checks_has_other_mounts() -> None:
    found: list[Path] = []

    def guard() -> None:
        assert guard_devices()
        first = MOUNTS.readlink()
        assert guard_devices()
        found.extend((first, MOUNTS.readlink()))

    before = MOUNTS.readlink()
    thread = threading.Thread(target=guard)
    thread.start()
    thread.join()
    assert MOUNTS.readlink() == before
    assert found[0] == found[1] != before
