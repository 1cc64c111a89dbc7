"""A control group for each check: limits that the kernel holds, where a group can be made.

A watch that looks twenty times a second names what went wrong, but a fork bomb can be faster than
any watch. RLIMIT_NPROC stops it, but it does not bind root (getrlimit(2)); and nothing but a group
counts all memory. The kernel holds a group's wider limits around what the watch allows. An ordinary
user can make one where a part of the hierarchy was handed over, by systemd's `Delegate=yes`.
https://man7.org/linux/man-pages/man7/cgroups.7.html
https://systemd.io/CGROUP_DELEGATION/
"""

import contextlib
import errno
import os
import secrets
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.config.repository import SandboxLimits
from runners.sandbox.resource_usage import MIB, THREADS_PER_PROCESS

MOUNT = Path("/sys/fs/cgroup")
# The first two are of version 1, which has a hierarchy for each controller:
# https://docs.kernel.org/admin-guide/cgroup-v1/memory.html
LIMIT_FILES = {
    "pids": ("pids.max",),
    "memory": ("memory.limit_in_bytes",),
    "unified": ("pids.max", "memory.max"),
}
CONTROLLERS = {"pids", "memory"}
LEAF = "bricklayer-main"
"""Where the processes of a delegated group go, so that it can have groups with limits."""
LEAF_TRIES = 20
SLACK_MIB = 256
"""Over what watch and tmpfs allow: kernel memory, and the sandbox's own processes."""
KILL_SECONDS = 10.0
"""Killed processes have to be gone within this."""


@dataclass(frozen=True, slots=True)
class Cgroup:
    """`folders` by controller: one in the unified hierarchy, two in the old ones."""

    folders: dict[str, Path]

    @property
    def prefix(self) -> list[str]:
        """Words before a command: it joins before it becomes that command."""
        # A process whose id is written there moves, and its later children are born in the group:
        # https://docs.kernel.org/admin-guide/cgroup-v2.html#processes
        files = [str(folder / "cgroup.procs") for folder in self.folders.values()]
        joins = "".join(f'echo $$ > "${n}" && ' for n in range(1, len(files) + 1))
        return ["/bin/sh", "-c", f'{joins}shift {len(files)} && exec "$@"', "sh", *files]

    def ran_out_of_memory(self) -> bool:
        # Both versions have a line `oom_kill N`: https://docs.kernel.org/admin-guide/cgroup-v2.html#memory
        files = [
            f / n for f in self.folders.values() for n in ("memory.events", "memory.oom_control")
        ]
        lines = [line for path in files for line in _read(path).splitlines()]
        return any(line.startswith("oom_kill ") and line != "oom_kill 0" for line in lines)

    def kill_members(self) -> None:
        """Nothing in it can fork any more, then everything in it is killed.

        fork(2) fails with EAGAIN beyond pids.max; a limit below the count kills nothing by itself.
        https://docs.kernel.org/admin-guide/cgroup-v2.html#pid
        """
        pids = self.folders.get("pids") or self.folders["unified"]
        with contextlib.suppress(OSError):
            (pids / "pids.max").write_text("0")
        deadline = time.monotonic() + KILL_SECONDS
        while (members := _read(pids / "cgroup.procs").split()) and time.monotonic() < deadline:
            for pid in map(int, members):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.005)


@contextmanager
def make_cgroup(limits: SandboxLimits) -> Iterator[Cgroup | None]:
    """A new control group, wider than these limits; None where none is needed or can be made."""
    cgroup = _create(find_own_parents(), limits)
    try:
        yield cgroup
    finally:
        if cgroup:
            cgroup.kill_members()
            _remove(cgroup)


def find_own_parents() -> dict[str, Path]:
    """Where this process may make groups, by controller; empty where it may not."""
    memberships = _read(Path("/proc/self/cgroup"))
    parents = find_parents(memberships, MOUNT)
    if os.geteuid() == 0:
        return parents
    if parents and all(map(_is_ours, parents.values())):
        return parents
    return find_delegated(memberships, MOUNT)


def find_delegated(memberships: str, mount: Path) -> dict[str, Path]:
    """This process's own group, if it was handed to this user, its processes moved into a leaf.

    Only there: elsewhere systemd is the only one who may change groups.
    """
    path = next((p for p in memberships.splitlines() if p.startswith("0::")), "")[3:]
    own = mount / path.strip("/")
    controllers = set(_read(own / "cgroup.controllers").split())
    if not path or not _is_ours(own) or not controllers >= CONTROLLERS:
        return {}
    leaf = own / LEAF
    try:
        leaf.mkdir(exist_ok=True)
        for _ in range(LEAF_TRIES):
            for pid in _read(own / "cgroup.procs").split():
                with contextlib.suppress(ProcessLookupError):
                    (leaf / "cgroup.procs").write_text(pid)
            # EBUSY while a process is left in it, one that was forked meanwhile.
            if _write(own / "cgroup.subtree_control", "+pids +memory") != errno.EBUSY:
                return {"unified": own} if _hands_down(own) else {}
    except OSError:
        return {}
    return {}


def _hands_down(folder: Path) -> bool:
    return set(_read(folder / "cgroup.subtree_control").split()) >= CONTROLLERS


def _write(path: Path, text: str) -> int:
    """0, or the number of what went wrong."""
    try:
        path.write_text(text)
    except OSError as exc:
        return exc.errno or errno.EIO
    return 0


def _is_ours(folder: Path) -> bool:
    """May be written; and in the unified hierarchy handed to this user, as systemd marks it."""
    if not os.access(folder, os.W_OK) or not os.access(folder / "cgroup.procs", os.W_OK):
        return False
    if not (folder / "cgroup.controllers").exists():
        return True
    try:
        # "the user.delegate extended attribute": https://systemd.io/CGROUP_DELEGATION/
        return os.getxattr(folder, "user.delegate") == b"1"
    except OSError:
        return False


def find_parents(memberships: str, mount: Path) -> dict[str, Path]:
    """Where groups may be made, by controller; `memberships` is /proc/self/cgroup.

    Unified: beside this process's own group, as only leaves may hold processes ("no internal
    processes", cgroups(7)), if the parent hands down both controllers. Else below its own groups
    in the two old hierarchies.
    """
    # Lines are id:controllers:path; version 2 has the one line 0::path.
    # https://man7.org/linux/man-pages/man7/cgroups.7.html
    rows = [line.split(":", 2) for line in memberships.splitlines() if line.count(":") >= 2]  # noqa: PLR2004 - id:controllers:path
    own_groups = {name: path for _, names, path in rows for name in (names or "unified").split(",")}
    if "unified" in own_groups:
        parent = (
            (mount / own_groups["unified"].strip("/")).parent
            if own_groups["unified"] != "/"
            else mount
        )
        if _hands_down(parent):
            return {"unified": parent}
    if "pids" not in own_groups or "memory" not in own_groups:
        return {}
    legacy = {name: mount / name / own_groups[name].strip("/") for name in ("pids", "memory")}
    return dict(legacy) if all(path.is_dir() for path in legacy.values()) else {}


def _create(parents: dict[str, Path], limits: SandboxLimits) -> Cgroup | None:
    values = {
        "pids.max": limits.processes * THREADS_PER_PROCESS + 64,
        "memory": (limits.memory * 5 // 4 + 2 * limits.disk + SLACK_MIB) * MIB,
    }
    name = f"bricklayer-{os.getpid()}-{secrets.token_hex(4)}"
    folders = {controller: parent_folder / name for controller, parent_folder in parents.items()}
    cgroup = Cgroup(folders) if folders else None
    try:
        for controller, folder in folders.items():
            _remove_leftovers(folder.parent)
            folder.mkdir()
            for file in LIMIT_FILES[controller]:
                (folder / file).write_text(str(values.get(file) or values["memory"]))
            # What is swapped out is counted apart from memory, and absent where there is no swap.
            _write(folder / "memory.swap.max", "0")
    except OSError:  # a container's root is not allowed to: the watch remains, Outcome says so
        if cgroup:
            _remove(cgroup)
        return None
    return cgroup


def _remove(cgroup: Cgroup) -> None:
    """Never raises: rmdir fails with EBUSY while the kernel still counts the last process."""
    for folder in cgroup.folders.values():
        deadline = time.monotonic() + 1
        while folder.is_dir() and time.monotonic() < deadline:
            try:
                folder.rmdir()
            except OSError:
                time.sleep(0.002)


def _remove_leftovers(parent_folder: Path) -> None:
    """Remove what a killed bot left: empty groups, as its sandboxes died with it."""
    for leftover in parent_folder.glob("bricklayer-*-*"):
        if not Path("/proc", leftover.name.split("-")[1]).exists():
            with contextlib.suppress(OSError):
                leftover.rmdir()


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
