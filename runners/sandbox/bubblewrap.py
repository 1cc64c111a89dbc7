"""The default sandbox: Linux namespaces through bubblewrap, without a daemon and without root."""

import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from bot.config.repository import SandboxLimits
from runners.sandbox.folder_usage import limit_folders
from runners.sandbox.layout import (
    BOX,
    SYSTEM_PATH,
    build_environment,
    list_prepared_paths,
    wrap_command,
)
from runners.sandbox.model import Outcome, Prepared
from runners.sandbox.resource_usage import MIB, THREADS_PER_PROCESS
from runners.sandbox.run_command import Spawn, run_supervised
from runners.sandbox.sealed_program import is_changeable_inside, open_sealed_copy
from runners.sandbox.seccomp import build_filter
from runners.sandbox.setup_network import open_own_network, resolver_settings
from runners.sandbox.shown_tools import ShownTools

Network = Literal["none", "own", "host"]
"""What leads out of the sandbox: nothing, a program that makes its connections, or all there is."""

OpenFile = Callable[[bytes], int]
"""A descriptor from which this can be read, once."""

UID = "1000"
ORIGIN = "/origin"
SHARED_MEMORY_BYTES = 64 * MIB
# Where shm_open(3) makes its files: https://man7.org/linux/man-pages/man7/shm_overview.7.html
SHARED_MEMORY = "/dev/shm"  # noqa: S108  # a mount point inside

# Of /etc only what programs need in order to run. Not shadow, ssh, gitconfig, npmrc, pip.conf:
# they may hold credentials, and a bot run by root could read them.
SHOWN_IN_ETC = (
    "alternatives",
    "ca-certificates",
    "ca-certificates.conf",
    "crypto-policies",
    "fonts",
    "java-17-openjdk",
    "java-21-openjdk",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "magic",
    "mime.types",
    "nsswitch.conf",
    "os-release",
    "pki/ca-trust",
    "pki/tls/certs",
    "protocols",
    "services",
    "ssl/certs",
    "ssl/openssl.cnf",
    "terminfo",
)
# Links into /usr on most systems, folders of their own on others:
# https://www.freedesktop.org/wiki/Software/systemd/TheCaseForTheUsrMerge/
SYSTEM_FOLDERS = ("bin", "lib", "lib32", "lib64", "libx32", "sbin")
# The names of keys that this user has. Each cover costs a millisecond, so there is none over what
# only root may read. https://man7.org/linux/man-pages/man5/proc_keys.5.html
HIDDEN_IN_PROC = ("/proc/keys",)
WRITTEN_FILES = {
    "/etc/passwd": f"bricklayer:x:{UID}:{UID}::{BOX.home}:/bin/sh\n",
    "/etc/group": f"bricklayer:x:{UID}:\n",
    "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
}


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    program: str
    limits: SandboxLimits
    env: Mapping[str, str]
    tools: ShownTools = field(default_factory=ShownTools)
    network_program: str = ""
    name: str = "bwrap"

    def run(
        self,
        command: Sequence[str],
        *,
        checkout: Path,
        timeout: float,
        network: bool = False,
        prepared: Prepared | None = None,
    ) -> Outcome:
        mark = f"bricklayer-{secrets.token_hex(8)}"
        kind: Network = ("own" if self.network_program else "host") if network else "none"
        options = partial(self._options, checkout.absolute(), prepared, network=kind)
        script = wrap_command(
            command,
            mark=mark,
            origin=ORIGIN,
            repo=BOX.repo,
            rooms=(BOX.root, BOX.tmp),
            threads=self.limits.processes * THREADS_PER_PROCESS,
        )
        with ExitStack() as stack:
            own = (
                stack.enter_context(open_own_network(self.network_program))
                if kind == "own"
                else None
            )
            argv, fds = hand_over(self.program, options, stack, own.options if own else ())
            spawn = Spawn(
                [*argv, *script],
                {"PATH": SYSTEM_PATH},  # a process inside can read it as /proc/1/environ
                mark,
                self.limits,
                timeout,
                pass_fds=(*fds, *(own.fds if own else ())),
                folder="/",  # as no name of a folder out here, either, is to stand there as PWD
                after_start=own.attach if own else None,
                folders=limit_folders(prepared),
                rooms=(BOX.root, BOX.tmp, SHARED_MEMORY),
            )
            return run_supervised(spawn)

    def _options(
        self,
        checkout: Path,
        prepared: Prepared | None,
        open_file: OpenFile,
        *,
        network: Network,
    ) -> list[str]:
        environment = build_environment(BOX, prepared, self.tools, self.env)
        files = {path: text.encode() for path, text in WRITTEN_FILES.items()}
        if network == "own":
            files["/etc/resolv.conf"] = resolver_settings()
        written = ((str(open_file(content)), path) for path, content in files.items())
        return [
            *isolation_options(open_file, network=network),
            # The order counts: each option acts on what the options before it have made.
            *system_mounts(network=network),
            *("--size", str(self.limits.disk * MIB), "--tmpfs", BOX.tmp),
            *_repeat_option("--ro-bind-data", written),
            *_repeat_option("--ro-bind", ((str(p), str(p)) for p in self.tools.mounts)),
            *_repeat_option("--ro-bind", ((os.devnull, str(p)) for p in self.tools.covered)),
            *box_mounts(self.limits.disk * MIB, checkout, prepared),
            *origin_mounts(checkout, open_file(b"")),
            # Last, when all mount points are made. It is about / alone, not what is below.
            *("--remount-ro", "/"),
            *_repeat_option("--setenv", environment.items()),
        ]


def hand_over(
    program: str,
    options: Callable[[OpenFile], list[str]],
    stack: ExitStack,
    more: Sequence[str] = (),
) -> tuple[list[str], tuple[int, ...]]:
    """Words before a command, and the descriptors they name, open until the stack is closed.

    The options go by a descriptor, too: in its arguments a command could read them, paths of this
    machine with them, as /proc/1/cmdline.
    """
    fds: list[int] = []

    def open_file(content: bytes) -> int:
        fds.append(stack.enter_context(_open_memory_file(content)))
        return fds[-1]

    words = b"".join(os.fsencode(word) + b"\0" for word in (*options(open_file), *more))
    args = str(open_file(words))
    if is_changeable_inside(program):
        fds.append(stack.enter_context(open_sealed_copy(program)))
        program = f"/proc/self/fd/{fds[-1]}"
    return [program, "--args", args, "--"], tuple(fds)


def isolation_options(open_file: OpenFile, *, network: Network) -> list[str]:
    """Every namespace of its own, no capability, no way to new ones, no terminal, no orphans.

    And no system call that `seccomp.py` refuses.

    `--new-session` keeps a command from typing into the terminal by TIOCSTI (CVE-2017-5226);
    `--die-with-parent` is prctl(2)'s PR_SET_PDEATHSIG.
    https://github.com/containers/bubblewrap/blob/main/bwrap.xml
    https://man7.org/linux/man-pages/man7/user_namespaces.7.html
    """
    # --unshare-all only tries for a user namespace, and --disable-userns needs one:
    # https://github.com/containers/bubblewrap/blob/main/bwrap.xml
    argv = ["--unshare-user", "--unshare-all", "--disable-userns", "--die-with-parent"]
    argv += ["--new-session", "--cap-drop", "ALL", "--clearenv", "--hostname", "bricklayer"]
    argv += ["--uid", UID, "--gid", UID]
    if rules := build_filter():
        argv += ["--seccomp", str(open_file(rules))]
    return [*argv, "--share-net"] if network == "host" else argv


def system_mounts(*, network: Network) -> list[str]:
    """The machine as far as programs need it, read-only; nothing of /home, /root, /run, /var.

    /proc is remounted because root on the host stays root to the files under /proc/sys, whatever
    its number inside: without it a check run by root could set the kernel's core_pattern.
    """
    argv = ["--ro-bind", "/usr", "/usr"]
    for name in SYSTEM_FOLDERS:
        path = Path("/", name)
        if path.is_symlink():
            argv += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            argv += ["--ro-bind", str(path), str(path)]
    shown_files = [f"/etc/{name}" for name in SHOWN_IN_ETC if Path("/etc", name).exists()]
    # Without a network there is nothing to resolve, and one of its own has its own name server.
    if network == "host":
        shown_files.append("/etc/resolv.conf")
    argv += _repeat_option("--ro-bind-try", ((path, path) for path in shown_files))
    argv += ["--dir", "/var", "--symlink", BOX.tmp, "/var/tmp"]  # noqa: S108 - a link inside
    argv += ["--proc", "/proc"]
    hidden = (path for path in HIDDEN_IN_PROC if Path(path).exists())
    argv += _repeat_option("--dev-bind", ((os.devnull, path) for path in hidden))
    argv += ["--remount-ro", "/proc", "--dev", "/dev"]
    argv += ["--size", str(SHARED_MEMORY_BYTES), "--tmpfs", SHARED_MEMORY]
    return [*argv, "--remount-ro", "/dev"]


def box_mounts(size: int, checkout: Path, prepared: Prepared | None) -> list[str]:
    """Where a command may write, in memory: checkout and home share `size`, in bytes."""
    # --size is for the next --tmpfs alone, without it half of the memory: https://man7.org/linux/man-pages/man5/tmpfs.5.html
    argv = ["--size", str(size), "--tmpfs", BOX.root]
    if prepared and prepared.writable:
        folders = {"repo": BOX.repo, "home": BOX.home, "setup": BOX.setup}
        return argv + _repeat_option(
            "--bind", ((str(prepared.root / r), p) for r, p in folders.items())
        )
    argv += ["--dir", BOX.repo, "--dir", BOX.home]
    if prepared:
        rows = [(prepared.root / "setup", "setup"), *list_prepared_paths(prepared, checkout)]
        argv += [word for path, to in rows for word in _mount_prepared(path, f"{BOX.root}/{to}")]
    return argv


def _mount_prepared(path: Path, inside: str) -> tuple[str, str, str]:
    """What setup left: a link stays one, for bound it would show what it leads to out here."""
    if path.is_symlink():
        return "--symlink", str(path.readlink()), inside
    return "--ro-bind", str(path), inside


def origin_mounts(checkout: Path, empty_file: int) -> list[str]:
    """The checkout to copy from. Its `.git` would show the mirror and through it all branches."""
    argv = ["--ro-bind", str(checkout), ORIGIN]
    git = checkout / ".git"
    # A worktree has a file there that names the repository: https://git-scm.com/docs/gitrepository-layout
    if git.is_dir() and not git.is_symlink():
        return [*argv, "--size", "4096", "--tmpfs", f"{ORIGIN}/.git"]
    if git.is_file() and not git.is_symlink():
        return [*argv, "--ro-bind-data", str(empty_file), f"{ORIGIN}/.git"]
    return argv


def _repeat_option(option: str, rows: Iterable[tuple[str, str]]) -> list[str]:
    return [word for row in rows for word in (option, *row)]


@contextmanager
def _open_memory_file(content: bytes) -> Iterator[int]:
    """A file with no name, for bubblewrap to read from the descriptor.

    https://man7.org/linux/man-pages/man2/memfd_create.2.html
    """
    fd = os.memfd_create("bricklayer", os.MFD_CLOEXEC)
    try:
        os.write(fd, content)
        os.lseek(fd, 0, os.SEEK_SET)
        yield fd
    finally:
        os.close(fd)
