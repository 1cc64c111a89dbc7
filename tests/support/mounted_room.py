"""A mount namespace of a test's own, in which a folder is small, full or read-only.

Made by `unshare` in a user namespace, so that no rights are needed, and held by a process that
sleeps: a command that `enter` starts in it, and the next one, find the same mounts.
https://man7.org/linux/man-pages/man1/unshare.1.html
"""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 1 << 20
FILLING = "filling"


@dataclass(frozen=True)
class MountedRoom:
    pid: int

    def enter(self, *argv: str, folder: Path = Path("/")) -> list[str]:
        """The arguments that run `argv` there, in that folder."""
        where = [f"--target={self.pid}", "--user", "--mount", f"--wd={folder}"]
        return ["nsenter", *where, "--preserve-credentials", *argv]

    def run(self, script: str, *, check: bool = True) -> str:
        argv = self.enter("sh", "-c", script)
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=check)
        return done.stdout

    def see(self, path: Path) -> Path:
        """Where this process finds what is at `path` there."""
        return Path(f"/proc/{self.pid}/root{path}")

    def fill(self, folder: Path, *, leave: int = 0) -> None:
        """Until nothing more fits, but for `leave` bytes."""
        file = folder / FILLING
        self.run(f"cat /dev/zero >'{file}' 2>/dev/null", check=False)
        if leave:
            size = self.see(file).stat().st_size
            self.run(f"truncate -s {max(0, size - leave)} '{file}'")

    def empty(self, folder: Path) -> None:
        self.run(f"rm -f '{folder / FILLING}'")

    def turn_read_only(self, folder: Path) -> None:
        """For whatever is opened from now on: a file system that is written to cannot be made so."""
        name = f"'{folder}'"
        self.run(f"mount --bind {name} {name} && mount -o remount,bind,ro {name}")

    def turn_writable(self, folder: Path) -> None:
        self.run(f"umount '{folder}'")


@contextmanager
def mounted_room(small: Mapping[Path, int]) -> Iterator[MountedRoom]:
    """Each of the `small` folders is a file system of its own, of that many bytes."""
    mounts = [
        f"mount -t tmpfs -o size={size},mode=0777 tmpfs '{path}'" for path, size in small.items()
    ]
    script = " && ".join([*mounts, "echo ready", "exec sleep 100000"])
    argv = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script]
    held = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    try:
        assert held.stdout
        assert held.stdout.readline() == "ready\n", "this machine gives no mount namespace"
        yield MountedRoom(held.pid)
    finally:
        held.kill()
        held.communicate(timeout=30)
