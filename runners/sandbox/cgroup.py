"""Limits the kernel holds by itself: a control group for each check, where one can be had.

A watch that looks twenty times a second names what went wrong, but a fork bomb can be faster than
any watch. RLIMIT_NPROC stops it, except for root, whom it does not bind: there the kernel holds
a group's wider limits around what the watch allows. Joining one takes 20 ms, so only there.
"""

import contextlib
import os
import secrets
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.config.repository import SandboxLimits
from runners.sandbox.resource_usage import MIB, THREADS_EACH

MOUNT = Path("/sys/fs/cgroup")
LIMIT_FILES = {
    "pids": ("pids.max",),
    "memory": ("memory.limit_in_bytes",),
    "unified": ("pids.max", "memory.max"),
}
SLACK = 256  # MiB over what watch and tmpfs allow: kernel memory, and the sandbox's own processes
EMPTYING = 10.0  # seconds killed processes have to be gone


@dataclass(frozen=True, slots=True)
class Group:
    """`folders` by controller: one in the unified hierarchy, two in the old ones."""

    folders: dict[str, Path]

    @property
    def prefix(self) -> list[str]:
        """Words before a command: it joins before it becomes that command."""
        files = [str(folder / "cgroup.procs") for folder in self.folders.values()]
        joins = "".join(f'echo $$ > "${n}" && ' for n in range(1, len(files) + 1))
        return ["/bin/sh", "-c", f'{joins}shift {len(files)} && exec "$@"', "sh", *files]

    def ran_out_of_memory(self) -> bool:
        files = [
            f / n for f in self.folders.values() for n in ("memory.events", "memory.oom_control")
        ]
        lines = [line for path in files for line in _read(path).splitlines()]
        return any(line.startswith("oom_kill ") and line != "oom_kill 0" for line in lines)

    def empty(self) -> None:
        """Nothing in it can fork any more, then everything in it is killed."""
        pids = self.folders.get("pids") or self.folders["unified"]
        with contextlib.suppress(OSError):
            (pids / "pids.max").write_text("0")
        until = time.monotonic() + EMPTYING
        while (members := _read(pids / "cgroup.procs").split()) and time.monotonic() < until:
            for pid in map(int, members):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.005)


@contextmanager
def group(limits: SandboxLimits) -> Iterator[Group | None]:
    """A new control group, wider than these limits; None where none is needed or can be made."""
    places = {} if os.geteuid() else homes(_read(Path("/proc/self/cgroup")), MOUNT)
    made = _make(places, limits)
    try:
        yield made
    finally:
        if made:
            made.empty()
            _remove(made)


def homes(memberships: str, mount: Path) -> dict[str, Path]:
    """Where groups may be made, by controller; `memberships` is /proc/self/cgroup.

    Unified: beside this process's own group, as only leaves may hold processes, if the parent
    hands down both controllers. Else below its own groups in the two old hierarchies.
    """
    rows = [line.split(":", 2) for line in memberships.splitlines() if line.count(":") >= 2]  # noqa: PLR2004 - id:controllers:path
    own = {name: path for _, names, path in rows for name in (names or "unified").split(",")}
    if "unified" in own:
        parent = (mount / own["unified"].strip("/")).parent if own["unified"] != "/" else mount
        handed = _read(parent / "cgroup.subtree_control").split()
        if {"pids", "memory"} <= set(handed):
            return {"unified": parent}
    if "pids" not in own or "memory" not in own:
        return {}
    old = {name: mount / name / own[name].strip("/") for name in ("pids", "memory")}
    return dict(old) if all(path.is_dir() for path in old.values()) else {}


def _make(places: dict[str, Path], limits: SandboxLimits) -> Group | None:
    values = {
        "pids.max": limits.processes * THREADS_EACH + 64,
        "memory": (limits.memory * 5 // 4 + 2 * limits.disk + SLACK) * MIB,
    }
    name = f"bricklayer-{os.getpid()}-{secrets.token_hex(4)}"
    folders = {controller: home / name for controller, home in places.items()}
    made = Group(folders) if folders else None
    try:
        for controller, folder in folders.items():
            _sweep(folder.parent)
            folder.mkdir()
            for file in LIMIT_FILES[controller]:
                (folder / file).write_text(str(values.get(file) or values["memory"]))
    except OSError:  # a container's root is not allowed to: the watch remains, Outcome says so
        if made:
            _remove(made)
        return None
    return made


def _remove(made: Group) -> None:
    """The kernel lets go of the last process a moment after it is gone; never raises for that."""
    for folder in made.folders.values():
        until = time.monotonic() + 1
        while folder.is_dir() and time.monotonic() < until:
            try:
                folder.rmdir()
            except OSError:
                time.sleep(0.002)


def _sweep(home: Path) -> None:
    """Groups of a bot that was killed: empty by now, as its sandboxes died with it."""
    for left in home.glob("bricklayer-*-*"):
        if not Path("/proc", left.name.split("-")[1]).exists():
            with contextlib.suppress(OSError):
                left.rmdir()


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
